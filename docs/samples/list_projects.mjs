// Print all projects of a workspace. Set LATCHKEY_TOKEN to an access token.
const API_URL = "https://latchkey.example/api/v1";
const headers = { Authorization: `Bearer ${process.env.LATCHKEY_TOKEN}` };
const MAX_ATTEMPTS = 3;

// Returns the JSON response. Retries after 429 and 503; throws on any other error.
async function get(path, parameters, attempts = MAX_ATTEMPTS) {
  const url = `${API_URL}${path}?${new URLSearchParams(parameters)}`;
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(20000) });
  if (response.ok) return response.json();
  if ([429, 503].includes(response.status) && attempts > 1) {
    const seconds = Number(response.headers.get("Retry-After") ?? 5);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    return get(path, parameters, attempts - 1);
  }
  const problem = await response.json();
  throw new Error(`${problem.status}: ${problem.detail} ${problem.type}`);
}

// Yields every item of a list, page by page.
async function* getAll(path) {
  let page = await get(path, { limit: 100 });
  yield* page.items;
  while (page.next) {
    page = await get(path, { limit: 100, cursor: page.next });
    yield* page.items;
  }
}

for await (const project of getAll("/workspaces/your-workspace/projects")) {
  console.log(project.id, project.name);
}
