// Bundles the pages' styles and scripts: node build.mjs <folder>.
//
// Names carry a hash of what is in the file, so that browsers may keep a file for ever;
// manifest.json says which name belongs to which source, and the server's asset() reads it.
import { readFile, writeFile } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { build } from "esbuild";

const folder = process.argv[2];
if (!folder) {
  console.error("usage: node build.mjs <folder>");
  process.exit(2);
}

const { metafile } = await build({
  entryPoints: ["src/steamkg.css", "src/site.js", "src/editor.js", "src/map.js"],
  outdir: folder,
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  loader: { ".woff2": "file" },
  bundle: true,
  minify: true,
  metafile: true,
  format: "iife",
  target: ["chrome111", "edge111", "firefox115", "safari16.4"],
  legalComments: "none", // whole licences stand in licences.txt
  logLevel: "warning",
});

const files = {};
const bundled = new Set();
for (const [path, output] of Object.entries(metafile.outputs)) {
  const inputs = Object.keys(output.inputs);
  files[basename(output.entryPoint ?? inputs[0])] = relative(folder, path);
  for (const input of inputs) {
    const found = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (found) bundled.add(found[1]);
  }
}

const notices = [];
for (const name of [...bundled].sort()) {
  const home = join("node_modules", name);
  const { version, license } = JSON.parse(await readFile(join(home, "package.json"), "utf8"));
  const text = await readFile(join(home, "LICENSE"), "utf8");
  notices.push(`${name} ${version}, ${license}\n\n${text.trim()}\n`);
}
const rule = `\n${"-".repeat(72)}\n\n`;
const head = "The styles and scripts of these pages contain the following packages.\n";
await writeFile(join(folder, "licences.txt"), [head, ...notices].join(rule));
files["licences.txt"] = "licences.txt";
await writeFile(join(folder, "manifest.json"), JSON.stringify({ files }, null, 2) + "\n");
