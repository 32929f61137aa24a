// How GraphiQL reaches the server. Whatever goes wrong is said in the answer's place and told to the page.

// fetcher returns GraphiQL's fetcher for a session. tell is called with "ok", "unreachable", "unauthenticated" or
// "broken" after each request.
export function fetcher(endpoint, session, tell) {
  return async (params, options) => {
    const headers = { "Content-Type": "application/json", Accept: "application/json" };
    if (session) headers.Authorization = `Bearer ${session.token}`;
    Object.assign(headers, options?.headers);
    let answer;
    let text;
    try {
      answer = await fetch(endpoint, {
        method: "POST",
        headers,
        body: JSON.stringify(params),
        credentials: "omit",
        cache: "no-store",
      });
      text = await answer.text();
    } catch {
      tell("unreachable");
      return said(params, "The server cannot be reached. Is it running?");
    }
    return read(params, answer, text, tell);
  };
}

function read(params, answer, text, tell) {
  let body = null;
  try {
    body = JSON.parse(text);
  } catch {
    // Told below.
  }
  if (answer.status === 401 || refused(body)) {
    tell("unauthenticated");
    return body?.errors ? whole(params, body) : said(params, "The server asks for a sign-in (401).");
  }
  if (body === null || typeof body !== "object") {
    tell("broken");
    return said(params, `The server answered ${answer.status} and no JSON: ${text.trim().slice(0, 300)}`);
  }
  tell("ok");
  return whole(params, body);
}

function refused(body) {
  return Array.isArray(body?.errors) && body.errors.some((e) => e?.extensions?.code === "UNAUTHENTICATED");
}

function said(params, message) {
  return whole(params, { errors: [{ message }] });
}

// whole gives an answer to the introspection a data field: GraphiQL asks a second time where there is none.
function whole(params, body) {
  return params.operationName === "IntrospectionQuery" ? { data: null, ...body } : body;
}
