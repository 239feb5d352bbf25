// The API reference: Swagger UI in our page. A token that is pasted into it is kept in memory alone, and shown nowhere.
const target = document.querySelector("#swagger-ui");
const AUTHORIZATION = ["headers", "Authorization"];

const forLatchkey = ({ React: { createElement: h } }) => {
  const mended = (selector, mend) => (Part) => (props) =>
    h("div", { ref: (box) => box?.querySelectorAll(selector).forEach(mend) }, h(Part, props));
  const named = (name, part) => h("label", {}, h("span", { className: "sr" }, name), part);
  const tokenField = { type: "password", autoComplete: "off", spellCheck: false, "aria-label": "Access token" };
  return {
    components: {
      // What Swagger UI's own layout has, without its second <main>, its title and boxes.
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
      // What screen readers stumble over: controls without a name, a table that says it is none, a heading out of order.
      CloseIcon: (Icon) => (props) => named("Close", h(Icon, props)),
      TextArea: (Area) => (props) => h(Area, { "aria-label": "Request body", ...props }),
      JsonSchemaForm: (Form) => (props) => named(props.description, h(Form, props)),
      responses: mended("[role=region]", (table) => table.removeAttribute("role")),
      ExamplesSelect: mended("select", (select) => select.setAttribute("aria-label", "Example")),
      HttpAuth: mended("h6", (heading) => heading.setAttribute("aria-level", "5")),
    },
  };
};

SwaggerUIBundle({
  domNode: target,
  url: target.dataset.url,
  layout: "ConsoleLayout",
  plugins: [forLatchkey],
  validatorUrl: null,
  persistAuthorization: false,
  syntaxHighlight: { activated: false },
  defaultModelsExpandDepth: 0,
});
