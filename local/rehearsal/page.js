const data = JSON.parse(document.getElementById("data").textContent);
const by = (id) => document.getElementById(id);
const made = (tag, words) => Object.assign(document.createElement(tag), words === undefined ? {} : { textContent: words });
const body = (numbers) => numbers.split(",").flatMap((part) => {
  const [first, last] = part.split("-").map(Number);
  return data.lines.slice(first, (last === undefined ? first : last) + 1);
}).join("\n");

function live() {
  const life = data.people[by("who").value] || [];
  by("told").textContent = `${life.filter((one) => one.length > 2).length} mails and invitations`;
  by("life").replaceChildren(...life.map(([when, kind, subject, mail]) => {
    const item = made("li");
    if (mail === undefined) {
      item.textContent = `${when}: ${kind}`;
      return item;
    }
    const shown = made("details");
    shown.append(made("summary", `${when}: ${kind}: ${subject}`));
    shown.addEventListener("toggle", () => {
      if (shown.open && !shown.querySelector("iframe")) {
        shown.append(Object.assign(made("iframe"), { title: `${subject}, ${when}`, sandbox: "", srcdoc: body(mail) }));
      }
    });
    item.append(shown);
    return item;
  }));
}

function tables() {
  const tables = {};
  for (const week of data.tables.slice(0, Number(by("week").value) + 1)) {
    for (const [name, rows] of Object.entries(week)) {
      tables[name] = tables[name] || {};
      for (const [key, cells] of Object.entries(rows)) {
        if (cells === null) delete tables[name][key];
        else tables[name][key] = { ...tables[name][key], ...cells };
      }
    }
  }
  return tables;
}

function show() {
  const all = tables(), chosen = by("table").value;
  const names = Object.keys(all).sort();
  by("table").replaceChildren(...names.map((name) => Object.assign(made("option", name), { value: name })));
  by("table").value = names.includes(chosen) ? chosen : names.includes("Applications") ? "Applications" : names[0] || "";
  const rows = Object.entries(all[by("table").value] || {});
  const first = ["RowKey", "Status", "NextStep", "FullName", "Role", "Title", "LocalTime"];
  const said = (row, name) => String(row[name] ?? "");
  const columns = [...new Set(rows.flatMap(([, row]) => Object.keys(row)))].filter(
    (name) => name !== "PartitionKey" && rows.some(([, row]) => said(row, name)));
  columns.sort((a, b) => (first.indexOf(a) + 1 || 99) - (first.indexOf(b) + 1 || 99) || (a < b ? -1 : 1));
  const head = made("thead"), line = made("tr"), lines = made("tbody");
  for (const column of columns) line.append(Object.assign(made("th", column), { scope: "col" }));
  head.append(line);
  for (const [, row] of rows) {
    const cells = made("tr");
    for (const column of columns) {
      const words = said(row, column);
      cells.append(Object.assign(made("td", words), { className: words.length > 40 ? "long" : "" }));
    }
    lines.append(cells);
  }
  by("cells").replaceChildren(...(rows.length ? [head, lines] : []));
  by("rows").textContent = rows.length === 1 ? "1 row" : `${rows.length} rows`;
}

by("who").addEventListener("change", live);
by("week").addEventListener("change", show);
by("table").addEventListener("change", show);
if (data.weeks.length) by("week").value = String(data.week);
live();
show();
