// The list of ready-made operations: a panel in GraphiQL that opens any of them in a tab, and the first tabs.

const { createElement: h, useEffect, useState } = window.React;

export const title = "Operations";

// seed fills GraphiQL's store before it starts: on the first visit, or with force always, the tabs are the operations
// marked for it and the panel is open where there is room.
export function seed(storage, operations, force) {
  if (storage.getItem("graphiql:tabState") && !force) return;
  const tabs = operations.filter((o) => o.tab).map((o) => ({
    id: `start-${o.id}`,
    title: nameOf(o),
    query: o.query,
    variables: o.variables || null,
    headers: null,
    operationName: null,
    response: null,
  }));
  if (tabs.length === 0) return;
  storage.setItem("graphiql:tabState", JSON.stringify({ activeTabIndex: 0, tabs }));
  storage.setItem("graphiql:query", tabs[0].query);
  storage.setItem("graphiql:variables", tabs[0].variables ?? "");
  if (!force && window.innerWidth >= 1000) {
    storage.setItem("graphiql:visiblePlugin", title);
    storage.setItem("graphiql:docExplorerFlex", "0.3");
  }
}

function nameOf(operation) {
  return /(?:query|mutation|subscription)\s+(\w+)/.exec(operation.query)?.[1] ?? operation.title;
}

// panel returns the GraphiQL plugin. opened is called with the operation, restore when the first tabs are wanted back.
export function panel(operations, { opened, restore }) {
  return {
    title,
    icon: Icon,
    content: () => h(List, { operations, opened, restore }),
  };
}

function Icon() {
  return h("svg", { viewBox: "0 0 20 20", fill: "none", stroke: "currentColor", strokeWidth: 1.5, height: "1em" },
    h("path", { d: "M7.5 5H17M7.5 10H17M7.5 15H17", strokeLinecap: "round" }),
    h("path", { d: "M3 3.2 5.4 5 3 6.8zM3 8.2 5.4 10 3 11.8zM3 13.2 5.4 15 3 16.8z", fill: "currentColor" }));
}

// useOpen returns a function that shows an operation: in its tab where there is one that nobody changed, else in a
// new one. A new tab's editors can be filled only after GraphiQL has switched to it; done is called after that.
function useOpen(done) {
  const editor = window.GraphiQL.React.useEditorContext({ nonNull: true });
  const [waiting, setWaiting] = useState(null);
  useEffect(() => {
    if (!waiting || editor.tabs.length !== waiting.tabs + 1) return;
    const { query, variables } = waiting.operation;
    setWaiting(null);
    editor.queryEditor?.setValue(query);
    editor.variableEditor?.setValue(variables);
    editor.updateActiveTabValues({ query, variables, operationName: null });
    done();
  }, [waiting, editor]);
  return (operation) => {
    const same = editor.tabs.findIndex((t) =>
      (t.query ?? "").trim() === operation.query.trim() && (t.variables ?? "").trim() === operation.variables.trim());
    if (same >= 0) {
      editor.changeTab(same);
      done();
      return;
    }
    setWaiting({ operation, tabs: editor.tabs.length });
    editor.addTab();
  };
}

// makeRoom closes the panel on a window where it covers the editors.
function makeRoom() {
  if (window.innerWidth <= 760) document.querySelector(`.graphiql-sidebar [aria-label="Hide ${title}"]`)?.click();
}

function List({ operations, opened, restore }) {
  const [wanted, setWanted] = useState("");
  const open = useOpen(makeRoom);
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = operations.filter((o) => {
    const text = [o.title, o.about, o.group, nameOf(o), ...o.roles].join(" ").toLowerCase();
    return words.every((w) => text.includes(w));
  });
  const groups = [...new Set(shown.map((o) => o.group))];
  return h("div", { className: "operations" },
    h("div", { className: "operations-title" }, title),
    h("input", {
      type: "search", placeholder: "Find an operation", "aria-label": "Find an operation", value: wanted,
      onChange: (e) => setWanted(e.target.value),
    }),
    shown.length === 0 && h("p", { className: "operations-none" }, "None has all these words."),
    groups.map((group) => h("section", { key: group },
      h("h2", null, group),
      h("ul", null, shown.filter((o) => o.group === group).map((o) => h(Row, {
        key: o.id, operation: o, onOpen: () => { open(o); opened(o); },
      }))))),
    h("p", { className: "operations-foot" },
      h("button", { type: "button", className: "plain", onClick: restore }, "Restore the first tabs"),
      h("a", { href: "/playground/vendor/LICENCES.txt", target: "_blank", rel: "noopener" }, "Licences")));
}

function Row({ operation, onOpen }) {
  const small = [operation.kind === "query" ? "" : operation.kind, ...operation.roles].filter(Boolean);
  return h("li", null,
    h("button", { type: "button", className: "operation", onClick: onOpen, title: `Open ${nameOf(operation)} in a tab` },
      h("span", { className: "operation-title" }, operation.title),
      operation.about && h("span", { className: "operation-about" }, operation.about),
      small.length > 0 && h("span", { className: "operation-roles" }, small.join(" · "))));
}
