// Prints the projects of the workspace. LATCHKEY_TOKEN holds the token.
const API = "https://latchkey.example/api/v1";
const headers = { Authorization: `Bearer ${process.env.LATCHKEY_TOKEN}` };
const TRIES = 3;

// The answer. Waits when the API says so; throws when it refuses.
async function get(path, parameters, tries = TRIES) {
  const url = `${API}${path}?${new URLSearchParams(parameters)}`;
  const answer = await fetch(url, { headers, signal: AbortSignal.timeout(20000) });
  if (answer.ok) return answer.json();
  if ([429, 503].includes(answer.status) && tries > 1) {
    const seconds = Number(answer.headers.get("Retry-After") ?? 5);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    return get(path, parameters, tries - 1);
  }
  const problem = await answer.json();
  throw new Error(`${problem.status}: ${problem.detail} ${problem.type}`);
}

// All rows of a list, page by page.
async function* every(path) {
  let page = await get(path, { limit: 100 });
  yield* page.items;
  while (page.next) {
    page = await get(path, { limit: 100, cursor: page.next });
    yield* page.items;
  }
}

for await (const project of every("/workspaces/your-workspace/projects")) {
  console.log(project.id, project.name);
}
