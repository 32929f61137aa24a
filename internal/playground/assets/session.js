// Who the page speaks for: a bearer token with what can be shown of it, kept for this browser tab only.

export const roles = ["CUSTOMER", "AGENT", "INSPECTOR", "FINANCE", "ADMIN", "SERVICE"];

const key = "vysero:session";

export function remembered() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(key));
    return typeof kept?.token === "string" ? kept : null;
  } catch {
    return null;
  }
}

export function remember(session) {
  if (session) sessionStorage.setItem(key, JSON.stringify(session));
  else sessionStorage.removeItem(key);
}

// fromToken reads role, e-mail and expiry from a token for show. The server alone decides what it is worth.
export function fromToken(token) {
  let claims = {};
  try {
    const middle = token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
    const bytes = Uint8Array.from(atob(middle), (c) => c.charCodeAt(0));
    claims = JSON.parse(new TextDecoder().decode(bytes)) ?? {};
  } catch {
    // Not a token that can be looked into: it is sent as it is.
  }
  return {
    token,
    role: typeof claims.role === "string" ? claims.role : "",
    customer: typeof claims.email === "string" ? claims.email : "",
    until: typeof claims.exp === "number" ? claims.exp * 1000 : 0,
  };
}

// linked takes a token out of the page's own address, where a link to one order that was mailed in development puts it, and
// out of the history. Elsewhere such links lead to the shop's pages, and an address signs nobody in here.
export function linked(config) {
  const found = /^#token=([\w.-]+)$/.exec(location.hash);
  if (!found || config.tokenPath === "") return null;
  history.replaceState(null, "", location.pathname + location.search);
  const session = { ...fromToken(found[1]), role: "CUSTOMER", customer: "guest with one order" };
  remember(session);
  return session;
}

export class NoTokens extends Error {}

// signIn asks the server for a token of the role. It throws NoTokens where the server hands out none, and an Error
// with a sentence to show for anything else.
export async function signIn(path, role, customer) {
  let answer;
  try {
    answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify({ role, customer }),
      credentials: "omit",
    });
  } catch {
    throw new Error("The server cannot be reached, so nobody was signed in.");
  }
  if (answer.status === 404) {
    throw new NoTokens("This server hands out no tokens. Paste one instead.");
  }
  const text = await answer.text();
  let body = {};
  try {
    body = JSON.parse(text) ?? {};
  } catch {
    // A plain sentence is shown as it is.
  }
  if (!answer.ok || typeof body.token !== "string") {
    const said = [body.message, body.error, text].find((s) => typeof s === "string" && s.trim() !== "");
    throw new Error(`Not signed in: ${said?.trim().slice(0, 300) ?? `the server answered ${answer.status}`}`);
  }
  return { ...fromToken(body.token), role, customer };
}

export function expired(session) {
  return Boolean(session?.until) && session.until <= Date.now();
}
