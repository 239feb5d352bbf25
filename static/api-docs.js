// The API reference: Swagger UI in our page. A pasted token stays in memory and is never shown.
const target = document.querySelector("#swagger-ui");
const AUTHORIZATION = ["headers", "Authorization"];

const latchkeyPlugin = ({ React: { createElement: h } }) => {
  const withFix = (selector, fix) => (Part) => (props) =>
    h("div", { ref: (box) => box?.querySelectorAll(selector).forEach(fix) }, h(Part, props));
  const withLabel = (name, part) => h("label", {}, h("span", { className: "sr" }, name), part);
  const tokenField = { type: "password", autoComplete: "off", spellCheck: false, "aria-label": "Access token" };
  return {
    components: {
      // Swagger UI's layout without its second <main>, its title and boxes.
      ConsoleLayout: ({ getComponent, specSelectors }) => {
        const parts = { loading: [], failed: ["errors"] }[specSelectors.loadingStatus()]
          ?? ["errors", "AuthorizeBtnContainer", "operations", "Models"];
        return h("div", { className: "swagger-ui" }, parts.map((name) => h(getComponent(name, true), { key: name })));
      },
    },
    wrapComponents: {
      Input: (Input) => (props) => h(Input, props.id === "auth-bearer-value" ? { ...props, ...tokenField } : props),
      curl: (Curl) => ({ request, ...props }) =>
        h(Curl, { ...props, request: request.hasIn(AUTHORIZATION) ? request.setIn(AUTHORIZATION, "Bearer lkey_…") : request }),
      // Accessibility fixes: names for controls, the role of a table, the level of a heading.
      CloseIcon: (Icon) => (props) => withLabel("Close", h(Icon, props)),
      TextArea: (Area) => (props) => h(Area, { "aria-label": "Request body", ...props }),
      JsonSchemaForm: (Form) => (props) => withLabel(props.description, h(Form, props)),
      responses: withFix("[role=region]", (table) => table.removeAttribute("role")),
      ExamplesSelect: withFix("select", (select) => select.setAttribute("aria-label", "Example")),
      HttpAuth: withFix("h6", (heading) => heading.setAttribute("aria-level", "5")),
    },
  };
};

SwaggerUIBundle({
  domNode: target,
  url: target.dataset.url,
  layout: "ConsoleLayout",
  plugins: [latchkeyPlugin],
  validatorUrl: null,
  persistAuthorization: false,
  syntaxHighlight: { activated: false },
  defaultModelsExpandDepth: 0,
});
