// The page: a bar that says who one is, a line for what is amiss, and GraphiQL below.

import { expired, fromToken, linked, NoTokens, remember, remembered, roles, signIn } from "./session.js";
import { fetcher } from "./fetcher.js";
import { panel, seed } from "./operations.js";

const { createElement: h, useEffect, useMemo, useRef, useState } = window.React;
const pasted = "TOKEN";

function Page({ config, operations, storage }) {
  const [session, setSession] = useState(() => linked(config) ?? remembered());
  const [notice, setNotice] = useState(null);
  const [tokens, setTokens] = useState(config.tokenPath !== "");
  const [turn, setTurn] = useState(0);
  const now = useRef(session);
  now.current = session;

  const become = (next) => {
    remember(next);
    setSession(next);
    setNotice(null);
  };
  const enter = async (role, customer) => {
    try {
      become(await signIn(config.tokenPath, role, customer));
    } catch (err) {
      if (err instanceof NoTokens) setTokens(false);
      setNotice({ kind: "error", text: err.message });
    }
  };
  const again = () => {
    setNotice(null);
    setTurn((n) => n + 1);
  };
  const fetching = useMemo(
    () => fetcher(config.endpoint, session, (told) => setNotice((old) => noticeOf(told, session, old))),
    [session, turn],
  );
  const plugins = useMemo(() => [panel(operations, {
    opened: (operation) => setNotice((old) => forOthers(operation, now.current, old)),
    restore: () => {
      seed(storage, operations, true);
      location.reload();
    },
  })], []);

  return h("div", { className: "page" },
    h("header", { className: "bar" },
      h("div", { className: "brand" },
        h("img", { src: "/playground/icon.svg", alt: "", width: 26, height: 26 }),
        h("h1", null, "Vysero Returns"),
        h("span", { className: "muted" }, "playground")),
      h(Identity, { session, leave: () => become(null) }),
      h(SignIn, { config, tokens, session, enter, use: (token) => become(fromToken(token)) })),
    notice && h(Notice, { notice, tokens, session, enter, again, close: () => setNotice(null) }),
    h("main", null, h(window.GraphiQL, {
      fetcher: fetching, plugins, storage, shouldPersistHeaders: false, defaultEditorToolsVisibility: true,
      onTabChange: showTab,
      defaultQuery: "# Write an operation here.\n\n",
    }, h(window.GraphiQL.Logo, null, " "))));
}

// showTab scrolls the row of tabs to the present one when it has changed.
let tabShown = -1;
function showTab({ activeTabIndex }) {
  if (activeTabIndex === tabShown) return;
  tabShown = activeTabIndex;
  setTimeout(() => document.querySelector(".graphiql-tab-active")?.scrollIntoView({ block: "nearest", inline: "nearest" }), 50);
}

// noticeOf is what the page says after a request: what was amiss, or nothing more where all is well.
function noticeOf(told, session, old) {
  switch (told) {
    case "unreachable":
      return { kind: "error", text: "The server cannot be reached. Start it, then try again.", retry: true };
    case "broken":
      return { kind: "error", text: "The server answered, but not as a GraphQL server does. Its answer is below." };
    case "unauthenticated":
      return session
        ? { kind: "warn", text: "Your sign-in has expired, or the server does not accept it. Sign in again.", again: true }
        : { kind: "warn", text: "The server wants to know who asks: sign in first, then run it again." };
    default:
      return old?.kind === "hint" ? old : null;
  }
}

// forOthers says so where an operation is for other roles than the present one.
function forOthers(operation, session, old) {
  if (operation.roles.length === 0 || operation.roles.includes(session?.role)) return old?.kind === "hint" ? null : old;
  return {
    kind: "hint",
    text: `“${operation.title}” is for ${operation.roles.join(" or ")}.`,
    role: operation.roles[0],
  };
}

function Notice({ notice, tokens, session, enter, again, close }) {
  const renew = notice.again && tokens && roles.includes(session?.role);
  const other = notice.role && notice.role !== "CUSTOMER" && tokens;
  return h("div", { className: `notice ${notice.kind}`, role: notice.kind === "hint" ? "status" : "alert" },
    h("span", null, notice.text),
    notice.retry && h("button", { type: "button", onClick: again }, "Try again"),
    renew && h("button", { type: "button", onClick: () => enter(session.role, session.customer) },
      `Sign in again as ${session.role}`),
    other && h("button", { type: "button", onClick: () => enter(notice.role, "") }, `Sign in as ${notice.role}`),
    h("button", { type: "button", className: "close", onClick: close, "aria-label": "Close this message" }, "×"));
}

// Identity says for whom the requests are sent, and turns to "expired" by itself.
function Identity({ session, leave }) {
  const [, redraw] = useState(0);
  useEffect(() => {
    if (!session?.until || expired(session)) return undefined;
    const timer = setTimeout(() => redraw((n) => n + 1), Math.min(session.until - Date.now() + 50, 2 ** 31 - 1));
    return () => clearTimeout(timer);
  });
  if (!session) return h("div", { className: "identity nobody" }, h("i", { className: "dot" }), "Not signed in");
  const over = expired(session);
  const clock = session.until && new Date(session.until).toLocaleString([], { dateStyle: "short", timeStyle: "short" });
  return h("div", { className: `identity ${over ? "over" : ""}`, title: clock ? `Until ${clock}` : "" },
    h("i", { className: "dot" }),
    h("strong", null, session.role || "Bearer token"),
    session.customer && h("span", { className: "who" }, session.customer),
    over && h("span", null, "expired"),
    h("button", { type: "button", className: "plain", onClick: leave }, "Sign out"));
}

function SignIn({ config, tokens, session, enter, use }) {
  const [choice, setChoice] = useState(roles.includes(session?.role) ? session.role : "AGENT");
  const [customer, setCustomer] = useState(session?.customer || config.customers[0] || "");
  const [token, setToken] = useState("");
  useEffect(() => {
    if (roles.includes(session?.role)) setChoice(session.role);
    if (session?.customer) setCustomer(session.customer);
  }, [session]);
  const paste = !tokens || choice === pasted;
  const submit = (event) => {
    event.preventDefault();
    if (!paste) {
      enter(choice, choice === "CUSTOMER" ? customer.trim() : "");
      return;
    }
    use(token.trim().replace(/^Bearer\s+/i, ""));
    setToken("");
  };
  return h("form", { className: "signin", onSubmit: submit },
    tokens && h("label", null, h("span", null, "Sign in as"),
      h("select", { "aria-label": "Sign in as", value: choice, onChange: (e) => setChoice(e.target.value) },
        roles.map((r) => h("option", { key: r, value: r }, r)),
        h("option", { value: pasted }, "a bearer token …"))),
    !paste && choice === "CUSTOMER" && h("input", {
      type: "email", required: true, list: "customers", placeholder: "e-mail of the customer", autoComplete: "off",
      "aria-label": "E-mail of the customer", value: customer, onChange: (e) => setCustomer(e.target.value),
    }),
    h("datalist", { id: "customers" }, config.customers.map((c) => h("option", { key: c, value: c }))),
    paste && h("input", {
      type: "password", required: true, placeholder: "paste a bearer token", autoComplete: "off",
      "aria-label": "Bearer token", value: token, onChange: (e) => setToken(e.target.value),
    }),
    h("button", { type: "submit", className: "go" }, paste ? "Use token" : "Sign in"));
}

async function load(path) {
  const answer = await fetch(path, { credentials: "omit" });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

async function start() {
  const root = document.getElementById("page");
  try {
    const [config, operations] = await Promise.all(["/playground/config.json", "/playground/operations.json"].map(load));
    const storage = window.GraphiQL.createLocalStorage({ namespace: "vysero" });
    seed(storage, operations, false);
    window.ReactDOM.createRoot(root).render(h(Page, { config, operations, storage }));
  } catch (err) {
    root.firstElementChild.textContent = "The playground could not be loaded: the server cannot be reached. Reload the page to try again.";
    throw err;
  }
}

start();
