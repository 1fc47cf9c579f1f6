/**
 * The public interface of each package as declarations, one file each in api/: a change of it shows in
 * a diff. `--check` ends with 1 if a file does not say what the source does.
 */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";

import ts from "typescript";

import { PACKAGES } from "./packages.mjs";

const here = new URL(".", import.meta.url).pathname;
const WHOLE = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.WriteArrayAsGenericType;

const { config } = ts.readConfigFile(`${here}tsconfig.json`, ts.sys.readFile);
const { options } = ts.parseJsonConfigFileContent(config, ts.sys, here);
const sources = Object.values(PACKAGES).flatMap(({ entries }) => Object.values(entries));
const program = ts.createProgram(sources.map((source) => `${here}src/${source}.ts`), options);
const checker = program.getTypeChecker();

/** Return the members of a type that anyone may use, one line each. */
function members(type, node) {
  return checker
    .getPropertiesOfType(type)
    .filter(({ name, declarations = [] }) => {
      const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
      const ours = declarations.some((one) => one.getSourceFile().fileName.startsWith(`${here}src/`));
      return ours && !name.startsWith("_") && declarations.every((one) => (ts.getCombinedModifierFlags(one) & hidden) === 0);
    })
    .map((member) => {
      const optional = member.flags & ts.SymbolFlags.Optional ? "?" : "";
      const kind = checker.getTypeOfSymbolAtLocation(member, node);
      const method = member.flags & ts.SymbolFlags.Method;
      const calls = method ? checker.getSignaturesOfType(kind, ts.SignatureKind.Call) : [];
      if (calls.length > 0) return calls.map((call) => `${member.name}${optional}${signature(call)};`).join("\n");
      return `${member.name}${optional}: ${checker.typeToString(kind, node, WHOLE)};`;
    })
    .sort();
}

function signature(call) {
  return checker.signatureToString(call, undefined, WHOLE);
}

function block(head, lines) {
  return `${head} {\n${lines.flatMap((line) => line.split("\n")).map((line) => `  ${line}`).join("\n")}\n}`;
}

/** Return the declaration of one exported name. */
function declaration(exported) {
  const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
  const [node] = symbol.declarations;
  const { name } = exported;
  if (symbol.flags & ts.SymbolFlags.Class) {
    const made = checker.getTypeOfSymbolAtLocation(symbol, node);
    const makers = checker.getSignaturesOfType(made, ts.SignatureKind.Construct).map((call) => `constructor${signature(call).replace(/: [^:]+$/, "")};`);
    const statics = members(made, node).map((line) => `static ${line}`);
    return block(`export class ${name}`, [...makers, ...statics, ...members(checker.getDeclaredTypeOfSymbol(symbol), node)]);
  }
  if (symbol.flags & ts.SymbolFlags.Interface) return block(`export interface ${name}`, members(checker.getDeclaredTypeOfSymbol(symbol), node));
  if (symbol.flags & ts.SymbolFlags.TypeAlias) return `export type ${name} = ${node.type.getText()};`;
  const kind = checker.getTypeOfSymbolAtLocation(symbol, node);
  const calls = symbol.flags & ts.SymbolFlags.Function ? checker.getSignaturesOfType(kind, ts.SignatureKind.Call) : [];
  if (calls.length > 0) return calls.map((call) => `export function ${name}${signature(call)};`).join("\n");
  return `export const ${name}: ${checker.typeToString(kind, node, WHOLE)};`;
}

function surface(name, entries) {
  const modules = Object.entries(entries).map(([path, source]) => {
    const file = program.getSourceFile(`${here}src/${source}.ts`);
    const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(file)).sort((a, b) => (a.name < b.name ? -1 : 1));
    return block(`declare module "@tallymark/${name}${path.slice(1)}"`, exported.map(declaration));
  });
  return `// The public interface of @tallymark/${name}. Written by \`npm run api\`.\n\n${modules.join("\n\n")}\n`;
}

const checking = process.argv.includes("--check");
mkdirSync(`${here}api`, { recursive: true });
for (const [name, { entries }] of Object.entries(PACKAGES)) {
  const path = `${here}api/${name}.d.ts`;
  const text = surface(name, entries);
  if (!checking) writeFileSync(path, text);
  else if (!existsSync(path) || readFileSync(path, "utf8") !== text) {
    console.error(`api/${name}.d.ts is not what @tallymark/${name} exports: run \`npm run api\` and look at the diff`);
    process.exitCode = 1;
  }
}
