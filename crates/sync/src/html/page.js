// Filters, searches and pages the actions. Data becomes text nodes only. The fragment of the address sets the filters, such as
// #flow=people&kind=update&text=ada; a search is never written to it, so that no name gets into the history of the browser.
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const number = (value) => value.toLocaleString("en");
  const UNSEEN = /[\u{0}-\u{8}\u{b}-\u{1f}\u{7f}-\u{9f}\u{ad}-\u{ad}\u{61c}-\u{61c}\u{180e}-\u{180e}\u{200b}-\u{200f}\u{2028}-\u{202e}\u{2060}-\u{206f}\u{feff}-\u{feff}\u{fff9}-\u{fffb}\u{e0000}-\u{e007f}]/gu;
  const seen = (text) =>
    text.replace(UNSEEN, (it) => "⟨U+" + it.codePointAt(0).toString(16).toUpperCase().padStart(4, "0") + "⟩");

  const element = (tag, className, ...children) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    made.append(...children);
    return made;
  };

  let actions, kinds;
  try {
    actions = [...document.querySelectorAll("script.data")].flatMap((it) => JSON.parse(it.textContent));
    kinds = new Map(JSON.parse(byId("kinds").textContent));
  } catch {
    byId("shown").textContent = "The data of this page is damaged: only the first actions are shown. Make the page again.";
    return;
  }

  const nameOf = (kind) => kind.replaceAll("_", " ");

  const valueOf = (value, className) =>
    value === null ? element("i", "", "none") : element("span", "value " + className, seen(value));

  const changeOf = (change) => {
    const item = element("li", "", element("b", "", seen(change.field)));
    if ("before" in change) {
      const arrow = element("span", "", "→");
      arrow.ariaHidden = "true";
      item.append(": ", element("span", "heard", "before "), valueOf(change.before, "before"), " ", arrow, " ");
      item.append(element("span", "heard", "after "), valueOf(change.after, "after"));
    }
    if (change.manual) item.append(" ", element("strong", "manual", "overwrites a manual change"));
    return item;
  };

  const rowOf = (action) => {
    const seq = element("th", "", String(action.seq));
    seq.scope = "row";
    const person = element("td", "");
    if (action.label !== undefined) person.append(element("div", "label", seen(action.label)));
    for (const [side, id] of [["source ", action.source_id], ["target ", action.target_id]]) {
      if (id !== undefined) person.append(element("div", "", side, element("code", "", seen(id))));
    }
    const changes = element("td", "");
    if (action.changes.length > 0) changes.append(element("ul", "", ...action.changes.map(changeOf)));
    const reason = element("td", "", seen(action.reason));
    if (action.held !== undefined) reason.append(element("div", "held", "Held: ", seen(action.held)));
    const kind = element("td", "kind " + action.kind, nameOf(action.kind));
    return element("tr", "", seq, element("td", "", seen(action.flow)), kind, person, changes, reason);
  };

  const fill = (select, name, counts, shown) => {
    const all = element("option", "", name);
    all.value = "";
    select.append(all);
    for (const [value, count] of counts) {
      const option = element("option", "", shown(value) + " (" + number(count) + ")");
      option.value = value;
      select.append(option);
    }
  };

  const count = (property, order) => {
    const counts = new Map(order.map((it) => [it, 0]));
    for (const action of actions) counts.set(action[property], (counts.get(action[property]) ?? 0) + 1);
    return [...counts].filter(([, found]) => found > 0);
  };
  fill(byId("flow"), "all flows", count("flow", []), seen);
  fill(byId("kind"), "all kinds", count("kind", [...kinds.keys()]), nameOf);

  // What is searched in an action, made at the first search.
  let texts = null;
  const textOf = (action) =>
    [action.label, action.source_id, action.target_id, action.reason, action.held]
      .concat(action.changes.flatMap((change) => [change.field, change.before, change.after]))
      .filter((it) => typeof it === "string")
      .join("\n")
      .toLowerCase();

  const tests = {
    due: (action) => kinds.get(action.kind) && action.held === undefined,
    held: (action) => action.held !== undefined,
    manual: (action) => action.changes.some((change) => change.manual),
  };

  const FILTERS = ["flow", "kind", "only", "text"];
  let found = actions;
  let page = 0;
  const size = () => Number(byId("size").value);
  const pages = () => Math.max(1, Math.ceil(found.length / size()));

  const filter = () => {
    const [flow, kind, only, text] = FILTERS.map((id) => byId(id).value);
    const words = text.toLowerCase().trim();
    if (words !== "" && texts === null) texts = actions.map(textOf);
    found = actions.filter(
      (action, index) =>
        (flow === "" || action.flow === flow) &&
        (kind === "" || action.kind === kind) &&
        (only === "" || tests[only](action)) &&
        (words === "" || texts[index].includes(words)),
    );
  };

  const render = () => {
    page = Math.min(Math.max(page, 0), pages() - 1);
    const start = page * size();
    const rows = found.slice(start, start + size());
    byId("rows").replaceChildren(...rows.map(rowOf));
    const range = rows.length === 0 ? "No actions" : "Actions " + number(start + 1) + " to " + number(start + rows.length);
    const filtered = found.length === actions.length ? "" : " that match, out of " + number(actions.length);
    byId("shown").textContent = range + " of " + number(found.length) + filtered + ".";
    for (const [id, isAtEnd] of [["first", page === 0], ["previous", page === 0], ["next", page === pages() - 1], ["last", page === pages() - 1]]) {
      // Not `disabled`, which would take the focus away.
      byId(id).ariaDisabled = String(isAtEnd);
    }
  };

  let written = null;
  const write = () => {
    const parts = new URLSearchParams();
    for (const id of ["flow", "kind", "only"]) if (byId(id).value !== "") parts.set(id, byId(id).value);
    if (page > 0) parts.set("page", String(page + 1));
    if (size() !== 100) parts.set("size", String(size()));
    const fragment = "#" + parts;
    if (fragment === "#" && location.hash === "") return;
    written = fragment;
    location.replace(fragment === "#" ? "#all" : fragment);
  };

  const read = () => {
    const parts = new URLSearchParams(location.hash.slice(1));
    for (const id of FILTERS) {
      byId(id).value = parts.get(id) ?? "";
      // A name that is unknown selects nothing: then all are shown.
      if (byId(id).selectedIndex === -1) byId(id).value = "";
    }
    byId("size").value = parts.get("size") ?? "100";
    if (byId("size").selectedIndex === -1) byId("size").value = "100";
    page = (Number.parseInt(parts.get("page") ?? "1", 10) || 1) - 1;
    filter();
    render();
  };

  const changed = () => {
    page = 0;
    filter();
    render();
    write();
  };
  const go = (target) => {
    page = target;
    render();
    write();
  };

  for (const id of ["flow", "kind", "only", "size"]) byId(id).addEventListener("change", changed);
  let waiting;
  byId("text").addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(changed, 150);
  });
  byId("controls").addEventListener("submit", (event) => event.preventDefault());
  byId("reset").addEventListener("click", () => {
    for (const id of FILTERS) byId(id).value = "";
    changed();
  });
  byId("first").addEventListener("click", () => go(0));
  byId("previous").addEventListener("click", () => go(page - 1));
  byId("next").addEventListener("click", () => go(page + 1));
  byId("last").addEventListener("click", () => go(pages() - 1));
  addEventListener("hashchange", () => {
    // A link within the page, such as that to the actions, is no filter.
    if (location.hash.includes("=") && location.hash !== written) read();
  });

  read();
  byId("controls").hidden = false;
  byId("pages").hidden = false;
  const more = byId("more");
  if (more !== null) more.hidden = true;
})();
