"use strict";
// Shows the findings of the JSON block by pages and filters them. Values only ever become text nodes.
(() => {
  const PAGE = 200;
  const byId = (id) => document.getElementById(id);
  const rules = JSON.parse(byId("rules").textContent);
  const all = JSON.parse(byId("data").textContent);
  const form = byId("filters");
  const list = byId("list");
  const template = byId("row").content;

  for (const row of all) {
    const rule = rules[row.rule];
    Object.assign(row, rule, { rule_id: rule.id });
    row.haystack = [row.hub, row.kind, row.repo, row.url, row.rule_id, row.title, row.fingerprint].join("\n").toLowerCase();
  }

  const element = (tag, text) => {
    const made = document.createElement(tag);
    made.textContent = text;
    return made;
  };

  const draw = (row) => {
    const item = template.cloneNode(true);
    for (const slot of item.querySelectorAll("[data-slot]")) slot.textContent = row[slot.dataset.slot];
    for (const items of item.querySelectorAll("[data-list]")) items.append(...row[items.dataset.list].map((line) => element("li", line)));
    item.querySelector("[data-notes]").append(...row.notes.flatMap(([head, text]) => [element("dt", head), element("dd", text)]));
    item.querySelector(".severity").classList.add(row.severity);
    return item;
  };

  let page = 0;
  let found = all;

  const show = () => {
    const pages = Math.max(1, Math.ceil(found.length / PAGE));
    page = Math.min(page, pages - 1);
    const rows = found.slice(page * PAGE, (page + 1) * PAGE);
    list.replaceChildren(...rows.map(draw));
    if (!rows.length) list.append(Object.assign(element("li", all.length ? "No finding fits these filters." : "No finding. See above what was read and what is not known."), { className: "empty" }));
    const count = (n) => n.toLocaleString("en");
    byId("shown").textContent = `${count(found.length)} of ${count(all.length)} findings`;
    byId("page").textContent = `Page ${count(page + 1)} of ${count(pages)}`;
    byId("pages").hidden = pages < 2;
    byId("back").disabled = page === 0;
    byId("next").disabled = page === pages - 1;
  };

  const filter = () => {
    const wanted = [...new FormData(form)].filter(([, value]) => value.trim());
    const fits = (row) => wanted.every(([name, value]) => name === "text"
      ? value.toLowerCase().trim().split(/\s+/).every((word) => row.haystack.includes(word))
      : row[name] === value);
    found = all.filter(fits);
    page = 0;
    show();
  };

  const turn = (step) => {
    page += step;
    show();
    byId("findings").scrollIntoView();
  };

  let waiting;
  form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(filter, 120); });
  form.addEventListener("submit", (event) => { event.preventDefault(); filter(); });
  form.addEventListener("reset", () => setTimeout(filter));
  byId("back").addEventListener("click", () => turn(-1));
  byId("next").addEventListener("click", () => turn(1));
  addEventListener("beforeprint", () => { for (const finding of list.querySelectorAll("details")) finding.open = true; });
  form.hidden = false;
  show();
})();
