// Parses and binds queries with Microsoft's language service. Reads {tables: {name: "(column: type, ...)"}, queries:
// {name: text}} from its standard input; writes {name: {problems: [text], columns: {name: type}}}.
"use strict";
const fs = require("fs");
const path = require("path");
const vm = require("vm");

const folder = path.join(__dirname, "node_modules", "@kusto", "language-service-next");
for (const file of ["bridge.min.js", "Kusto.Language.Bridge.min.js"]) {
  vm.runInThisContext(fs.readFileSync(path.join(folder, file), "utf8"), { filename: file });
}
const { GlobalState, KustoCode, Symbols } = globalThis.Kusto.Language;

const given = JSON.parse(fs.readFileSync(0, "utf8"));
const tables = Object.entries(given.tables).map(([name, schema]) => new Symbols.TableSymbol.$ctor7(name, schema, null));
const members = globalThis.System.Array.init(tables, Symbols.Symbol);
const database = new Symbols.DatabaseSymbol.$ctor3("logs", null, members, false);
const globals = GlobalState.Default.WithDatabase(database);

const told = {};
for (const [name, text] of Object.entries(given.queries)) {
  const code = KustoCode.ParseAndAnalyze(text, globals);
  const found = code.GetDiagnostics();
  const problems = [];
  for (let at = 0; at < found.Count; at++) {
    const one = found.getItem(at);
    problems.push(`${one.Severity}: ${one.Message} (${text.slice(one.Start, one.End)})`);
  }
  const columns = {};
  const result = code.ResultType && code.ResultType.Columns;
  for (let at = 0; result && at < result.Count; at++) {
    const column = result.getItem(at);
    columns[column.Name] = column.Type.Name;
  }
  told[name] = { problems, columns };
}
process.stdout.write(JSON.stringify(told));
