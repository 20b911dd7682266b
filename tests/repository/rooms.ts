import type { ProjectPath } from "./project.ts";

/** What the code of a room may import besides its own files. Tests may import every room. */
export interface Room {
  /** The other rooms, each through its mod.ts. */
  readonly rooms: readonly string[];
  /** npm packages; a name that ends in / stands for all of a scope. */
  readonly packages: readonly string[];
  /** Prefixes of what the runtime brings along: "node:", "bun". */
  readonly builtins: readonly string[];
}

const BUN = ["node:", "bun"];

/** The rooms by folder. ARCHITECTURE.md tells why; the tsconfig.json of each room says the same to the compiler. */
export const ROOMS: Readonly<Record<string, Room>> = {
  "src/core": { rooms: [], packages: [], builtins: [] },
  "src/wire": { rooms: ["src/core"], packages: ["valibot"], builtins: [] },
  "src/strategy": { rooms: ["src/core"], packages: [], builtins: [] },
  "src/sandbox": {
    rooms: ["src/core", "src/strategy"],
    packages: ["quickjs-emscripten-core", "@jitl/", "acorn"],
    builtins: [],
  },
  "src/feeds": { rooms: ["src/core"], packages: [], builtins: BUN },
  "src/exchange": { rooms: ["src/core"], packages: ["fflate"], builtins: BUN },
  "src/store": { rooms: ["src/core"], packages: [], builtins: BUN },
  "src/history": { rooms: ["src/core", "src/store"], packages: ["hyparquet", "hyparquet-writer"], builtins: BUN },
  "src/embedded": {
    rooms: ["src/core", "src/store"],
    packages: ["@electric-sql/pglite", "@electric-sql/pglite-socket"],
    builtins: BUN,
  },
  "src/client": { rooms: ["src/core", "src/wire"], packages: [], builtins: [] },
  "src/screening": {
    rooms: [
      "src/core",
      "src/wire",
      "src/strategy",
      "src/sandbox",
      "src/store",
      "src/embedded",
      "src/traders",
      "src/deliveries",
      "src/alerts",
    ],
    packages: [],
    builtins: BUN,
  },
  "src/traders": {
    rooms: ["src/core", "src/wire", "src/client", "src/strategy", "src/sandbox", "src/alerts"],
    packages: ["postgres", "jose"],
    builtins: [],
  },
  "src/alerts": { rooms: ["src/core", "src/wire"], packages: [], builtins: [] },
  "src/deliveries": {
    rooms: ["src/core", "src/wire", "src/traders", "src/alerts"],
    packages: ["ipaddr.js", "nodemailer"],
    builtins: BUN,
  },
  "src/cluster": {
    rooms: ["src/core", "src/wire", "src/feeds", "src/store"],
    packages: ["@nats-io/"],
    builtins: BUN,
  },
  "src/server": {
    rooms: ["src/core", "src/wire", "src/strategy", "src/store", "src/traders"],
    packages: ["@uwdata/flechette", "@valibot/to-json-schema", "prom-client", "valibot"],
    builtins: BUN,
  },
  "src/doctor": { rooms: ["src/core", "src/wire", "src/client"], packages: [], builtins: BUN },
  "src/mcp": {
    rooms: ["src/core", "src/wire", "src/strategy", "src/client"],
    packages: ["@modelcontextprotocol/sdk", "@valibot/to-json-schema", "valibot"],
    builtins: BUN,
  },
  "src/migrate/redis": {
    rooms: ["src/core", "src/wire", "src/strategy", "src/traders"],
    packages: [],
    builtins: [],
  },
  "src/migrate": {
    rooms: ["src/core", "src/wire", "src/client", "src/store", "src/migrate/redis"],
    packages: [],
    builtins: BUN,
  },
  "src/cli": {
    rooms: [
      "src/core",
      "src/wire",
      "src/strategy",
      "src/sandbox",
      "src/feeds",
      "src/exchange",
      "src/store",
      "src/history",
      "src/embedded",
      "src/client",
      "src/screening",
      "src/traders",
      "src/deliveries",
      "src/alerts",
      "src/cluster",
      "src/server",
      "src/doctor",
      "src/mcp",
      "src/migrate",
      "src/migrate/redis",
    ],
    packages: ["commander", "pino", "pino-pretty"],
    builtins: BUN,
  },
  web: {
    rooms: ["src/core", "src/wire", "src/client", "src/strategy", "src/alerts"],
    packages: [
      "preact",
      "@preact/signals",
      "lightweight-charts",
      "diff",
      "@codemirror/",
      "@lezer/",
      "@supabase/auth-js",
    ],
    builtins: [],
  },
  "supabase/functions": {
    rooms: ["src/core", "src/traders", "src/client", "src/wire", "src/strategy", "src/sandbox", "src/migrate/redis"],
    packages: [],
    builtins: [],
  },
  // Plain Node without any package: these run before the packages are there.
  scripts: { rooms: [], packages: [], builtins: ["node:"] },
};

/** Files that are an exception to their room's row, each with the reason. */
export const EXCEPTIONS: readonly { file: ProjectPath; why: string; builtins?: readonly string[]; door?: boolean }[] = [
  {
    file: "web/build.ts",
    why: "bundles the page with Bun; runs in the process of the CLI, which imports it, and not in the browser",
    builtins: BUN,
    door: true,
  },
  {
    file: "package.json",
    why: "holds the version, which the CLI prints and the server tells",
    door: true,
  },
];

/** The room that a file belongs to, undefined for tests/, bench/ and the like, which may import everything. */
export function roomOf(path: ProjectPath): string | undefined {
  return Object.keys(ROOMS).find((room) => path.startsWith(`${room}/`));
}
