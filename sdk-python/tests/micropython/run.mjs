// Runs a program under MicroPython's WebAssembly build: node run.mjs <lite.py> <program.py>
// The build has no sockets, so `js.post` makes a request in a process of its own and waits for it.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { loadMicroPython } from "@micropython/micropython-webassembly-pyscript";

const CLIENT = `
  const [method, url, headers, body] = JSON.parse(require("fs").readFileSync(0, "utf8"));
  fetch(url, { method, headers, body, redirect: "manual" }).then(async (answer) => {
    const told = [answer.status, Object.fromEntries(answer.headers), await answer.text()];
    process.stdout.write(JSON.stringify(told));
  });
`;

globalThis.post = (request) =>
  execFileSync(process.execPath, ["-e", CLIENT], { input: request }).toString();

const [lite, program] = process.argv.slice(2);
const python = await loadMicroPython({ stdout: (line) => console.log(line), heapsize: 4 << 20 });
python.FS.writeFile("/lite.py", readFileSync(lite));
try {
  python.runPython(readFileSync(program, "utf8"));
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
