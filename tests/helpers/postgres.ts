import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const DEBIAN = "/usr/lib/postgresql";

/** Where PostgreSQL's programs are: on the path, or where Debian puts the newest; undefined when there is none. */
const PROGRAMS: string | undefined = [
  ...(process.env.PATH ?? "").split(":"),
  ...(existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : []).map((version) =>
    join(DEBIAN, version, "bin"),
  ),
].find((folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "postgres")));

/** The data of a server that has just been made, which is copied: making it takes a second of a processor. */
const MADE: string = join(import.meta.dir, "../../.cache", `postgres-${version()}-${process.getuid?.() ?? 0}`);

export const hasPostgres: boolean = PROGRAMS !== undefined;

/** A PostgreSQL server of our own, in a folder that goes when it stops. It listens on a Unix socket only. */
export interface RunningPostgres {
  /** The address of a new database: an empty one, or a copy of the one at this address, which nobody may be connected to. */
  createDatabase(copyOf?: string): Promise<string>;
  /** Ends it at once, as a crash would. */
  halt(): Promise<void>;
  /** Starts it again after {@link halt}, on the same data. */
  resume(): Promise<void>;
  /** Both. */
  crash(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a server. It refuses to run as root, so root starts it as the user that Debian's package made for it. */
export async function startPostgres(): Promise<RunningPostgres> {
  const folder = mkdtempSync(join(tmpdir(), "vyx-postgres-"));
  const isRoot = process.getuid?.() === 0;
  if (isRoot) {
    const id = (flag: string): number => Number(Bun.spawnSync(["id", flag, "postgres"]).stdout.toString());
    chownSync(folder, id("-u"), id("-g"));
    chmodSync(folder, 0o700);
  }
  // It ends with us, however we end.
  const asUser = [
    ...(Bun.which("setpriv") === null ? [] : ["setpriv", "--pdeathsig=QUIT"]),
    ...(isRoot ? ["--reuid=postgres", "--regid=postgres", "--clear-groups"] : []),
  ];
  const program = (name: string, ...args: string[]): string[] => [...asUser, join(PROGRAMS ?? "", name), ...args];
  const data = join(folder, "data");
  const options = { cwd: "/", stdout: "pipe", stderr: "pipe" } as const;
  if (existsSync(MADE)) succeed(["cp", "-a", MADE, data]);
  else {
    succeed(program("initdb", "-D", data, "-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8"));
    keep(data);
  }
  // Each test has a pool of its own, and a file ends them together.
  const settings = [
    "listen_addresses=",
    `unix_socket_directories=${folder}`,
    "fsync=off",
    "wal_level=logical",
    "max_connections=300",
  ];
  const start = async (): Promise<Bun.Subprocess> => {
    const server = Bun.spawn(program("postgres", "-D", data, ...settings.flatMap((one) => ["-c", one])), {
      ...options,
      stdout: "ignore",
    });
    await saysReady(server.stderr);
    return server;
  };
  let server = await start();
  const address = (database: string): string =>
    `postgres://postgres@localhost/${database}?host=${encodeURIComponent(folder)}`;
  let databases = 0;
  const halt = async (): Promise<void> => {
    server.kill("SIGQUIT");
    await server.exited;
  };
  const resume = async (): Promise<void> => {
    server = await start();
  };
  return {
    halt,
    resume,
    createDatabase: async (copyOf) => {
      databases += 1;
      const name = `vyx_${databases}`;
      const sql = new Bun.SQL({
        adapter: "postgres",
        path: join(folder, ".s.PGSQL.5432"),
        username: "postgres",
        max: 1,
      });
      await sql.unsafe(`create database ${name}${copyOf === undefined ? "" : ` template ${nameOf(copyOf)}`}`);
      await sql.end();
      return address(name);
    },
    crash: async () => {
      await halt();
      await resume();
    },
    stop: async () => {
      await halt();
      rmSync(folder, { recursive: true });
    },
  };
}

function nameOf(address: string): string {
  return new URL(address).pathname.slice(1);
}

/** Data is of use only to the version that made it. */
function version(): string {
  if (PROGRAMS === undefined) return "none";
  const said = Bun.spawnSync([join(PROGRAMS, "postgres"), "--version"], { cwd: "/" }).stdout.toString();
  return said.replace(/[^\d.]+/g, "-");
}

function succeed(command: string[]): void {
  const { success, stderr } = Bun.spawnSync(command, { cwd: "/", stdout: "pipe", stderr: "pipe" });
  if (!success) throw new Error(`${command.join(" ")}: ${stderr.toString()}`);
}

/** Keeps a copy of a new server's data for the tests after this one. */
function keep(data: string): void {
  mkdirSync(dirname(MADE), { recursive: true });
  const copy = mkdtempSync(`${MADE}-unfinished-`);
  try {
    succeed(["cp", "-a", data, join(copy, "data")]);
    if (!existsSync(MADE)) renameSync(join(copy, "data"), MADE);
  } catch (cause) {
    // Another process was faster.
    if (!existsSync(MADE)) throw cause;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** Resolves when the server's log says that it takes connections; keeps reading the log after that, so that it never fills. */
async function saysReady(log: ReadableStream<Uint8Array>): Promise<void> {
  const reader = log.pipeThrough(new TextDecoderStream() as never).getReader() as ReadableStreamDefaultReader<string>;
  let text = "";
  while (!text.includes("database system is ready to accept connections")) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`postgres ended: ${text}`);
    text += value;
  }
  void (async () => {
    while (!(await reader.read()).done);
  })();
}
