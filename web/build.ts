import { readdirSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** A file of the page, as the server takes it. */
interface BuiltAsset {
  readonly body: Uint8Array;
  readonly contentType: string;
  readonly immutable: boolean;
}

/** The HTML files, by the path under which they are served. */
const DOORS: Readonly<Record<string, string>> = { "/index.html": "/", "/docs.html": "/docs" };
const ENTRIES = Object.keys(DOORS).map((name) => fileURLToPath(new URL(`.${name}`, import.meta.url)));
/** Where pages without a build step import the SDK from. */
const CLIENT_PATH = "/client.js";
const CLIENT = fileURLToPath(new URL("../src/client/mod.ts", import.meta.url));
/** Runs before the first picture. Classic scripts block it; modules, which the bundler makes, don't. */
const FIRST_THEME = fileURLToPath(new URL("./shell/first-theme.ts", import.meta.url));
/** The documentation, which is served as it is written. */
const PAGES = fileURLToPath(new URL("../docs/", import.meta.url));
const FAVICON = fileURLToPath(new URL("./favicon.svg", import.meta.url));

/** Examples in them may look like the calls below. */
const DOC_COMMENT = /^\s*\/\*\*[\s\S]*?\*\/$/gm;
/** Descriptions are for the API's contract. In a page they would be 2 kB of what a visitor waits for. */
const DESCRIPTION = /,\s*v\.description\((?:[^()"`]|"(?:[^"\\]|\\.)*"|`[^`]*`)*\)/g;
/** So are the words about channels. */
const SAYS = /\bsays:(?:\s*"(?:[^"\\]|\\.)*"\s*\+?)+,/g;

/** These calls have no side effects. Only where it is told so, the bundler leaves out those whose results nothing uses. */
const PURE =
  /\b(?:v\.\w+|listOf|wholeNumber|that|oneOf|orNull|maybe|list|byName|object|new Set|new Map|Object\.(?:keys|entries|fromEntries))(?=[(<])/g;

/** Tables of `src/core` and schemas of `src/wire` that are used, without descriptions. */
const onlyUsedSchemas: Bun.BunPlugin = {
  name: "schemas that are used, without descriptions",
  setup: (build) => {
    build.onLoad({ filter: /[\\/]src[\\/](?:core|wire)[\\/].+\.ts$/ }, async ({ path }) => ({
      contents: (await Bun.file(path).text())
        .replace(DOC_COMMENT, "")
        .replace(DESCRIPTION, "")
        .replace(SAYS, "")
        .replace(PURE, "/* @__PURE__ */ $&"),
      loader: "ts",
    }));
  },
};

/**
 * Bundles the page in memory, by path: `/`, `/docs`, `/favicon.svg`, the SDK at `/client.js`, the documentation's pages as `/docs/NAME.md`, and
 * hashed names under `/assets/`. Throws Error
 * with the bundler's messages.
 */
export async function buildPage(): Promise<Map<string, BuiltAsset>> {
  const [{ outputs }, client, firstTheme] = await Promise.all([
    bundled(),
    buildClient({ minify: true }),
    builtScript(FIRST_THEME, true, []),
  ]);
  const page = new Map<string, BuiltAsset>();
  for (const output of outputs) {
    // A shared chunk may turn out empty; then no other chunk refers to it.
    if (output.size === 0) continue;
    const path = output.path.replace(/^\.?\//, "/");
    const door = DOORS[path];
    page.set(door ?? path, {
      body: new Uint8Array(await output.arrayBuffer()),
      contentType: contentTypeOf(path),
      immutable: door === undefined,
    });
  }
  putFirst(page, firstTheme);
  page.set("/favicon.svg", {
    body: await Bun.file(FAVICON).bytes(),
    contentType: "image/svg+xml",
    immutable: false,
  });
  page.set(CLIENT_PATH, {
    body: new TextEncoder().encode(client),
    contentType: contentTypeOf(CLIENT_PATH),
    immutable: false,
  });
  for (const name of readdirSync(PAGES).sort()) {
    // The table of contents is the repository's: /llms.txt has its place here.
    if (!name.endsWith(".md") || name === "README.md") continue;
    page.set(`/docs/${name}`, {
      body: await Bun.file(join(PAGES, name)).bytes(),
      contentType: contentTypeOf(name),
      immutable: false,
    });
  }
  return page;
}

/** Puts a script in front of the styles and scripts of both pages. */
function putFirst(page: Map<string, BuiltAsset>, script: string): void {
  const path = `/assets/first-theme-${Bun.hash(script).toString(36).slice(0, 8)}.js`;
  const encoder = new TextEncoder();
  page.set(path, { body: encoder.encode(script), contentType: contentTypeOf(path), immutable: true });
  for (const [name, address] of Object.entries(DOORS)) {
    const door = page.get(address);
    if (door === undefined) throw new Error(`the page has no ${name}`);
    const html = new TextDecoder().decode(door.body).replace("<head>", `<head>\n    <script src="${path}"></script>`);
    page.set(address, { ...door, body: encoder.encode(html) });
  }
}

/** Bundles the SDK as one ES module without imports, for browsers, Bun, Deno and Node. Throws Error with the bundler's messages. */
export async function buildClient({ minify }: { readonly minify: boolean }): Promise<string> {
  return await builtScript(CLIENT, minify, [onlyUsedSchemas]);
}

/**
 * Bundles the SDK as ES modules, by name: `client.js`, which imports nothing until it has to, and the parts that it loads then. Throws Error with
 * the bundler's messages.
 */
export async function buildClientParts({ minify }: { readonly minify: boolean }): Promise<Map<string, string>> {
  const parts = new Map<string, string>();
  const later = new Map<string, string>();
  parts.set("client.js", await builtScript(CLIENT, minify, [onlyUsedSchemas, partsOf(later)]));
  for (const [name, path] of later) parts.set(name, await builtScript(path, minify, [onlyUsedSchemas]));
  return parts;
}

/** Leaves what is imported later in files of its own, and notes their sources in `later`. */
function partsOf(later: Map<string, string>): Bun.BunPlugin {
  return {
    name: "parts that are loaded later",
    setup: (build) => {
      build.onResolve({ filter: /^\.\.?\// }, ({ kind, path, importer }) => {
        if (kind !== "dynamic-import") return undefined;
        const name = `client-${basename(path, ".ts")}.js`;
        later.set(name, resolve(dirname(importer), path));
        return { path: `./${name}`, external: true };
      });
    },
  };
}

async function builtScript(entry: string, minify: boolean, plugins: Bun.BunPlugin[]): Promise<string> {
  const { outputs } = await built("the SDK", {
    entrypoints: [entry],
    target: "browser",
    format: "esm",
    minify,
    plugins,
  });
  return (await outputs[0]?.text()) ?? "";
}

function bundled(): Promise<Bun.BuildOutput> {
  return built("the page", {
    entrypoints: ENTRIES,
    target: "browser",
    format: "esm",
    minify: true,
    splitting: true,
    plugins: [onlyUsedSchemas],
    publicPath: "/",
    // Said here too: where the package is installed, there is no tsconfig.json to be read.
    jsx: { runtime: "automatic", importSource: "preact", development: false },
    define: { "process.env.NODE_ENV": '"production"' },
    naming: { entry: "[name].[ext]", chunk: "assets/[name]-[hash].[ext]", asset: "assets/[name]-[hash].[ext]" },
  });
}

async function built(what: string, config: Bun.BuildConfig): Promise<Bun.BuildOutput> {
  try {
    return await Bun.build(config);
  } catch (cause) {
    const messages = cause instanceof AggregateError ? cause.errors.map(String) : [String(cause)];
    throw new Error(`${what} can't be built: ${messages.join("; ")}`, { cause });
  }
}

function contentTypeOf(path: string): string {
  if (path.endsWith(".html")) return "text/html; charset=utf-8";
  if (path.endsWith(".js")) return "text/javascript; charset=utf-8";
  if (path.endsWith(".svg")) return "image/svg+xml";
  if (path.endsWith(".md")) return "text/markdown; charset=utf-8";
  if (path.endsWith(".css")) return "text/css; charset=utf-8";
  return "application/octet-stream";
}
