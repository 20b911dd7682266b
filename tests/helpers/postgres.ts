import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const DEBIAN = "/usr/lib/postgresql";

/** Where PostgreSQL's programs are: on the path, or where Debian puts the newest; undefined when there is none. */
const PROGRAMS: string | undefined = [
  ...(process.env.PATH ?? "").split(":"),
  ...(existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : []).map((version) =>
    join(DEBIAN, version, "bin"),
  ),
].find((folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "postgres")));

export const hasPostgres: boolean = PROGRAMS !== undefined;

/** A PostgreSQL server of our own, in a folder that goes when it stops. It listens on a Unix socket only. */
export interface RunningPostgres {
  /** The address of a new, empty database. */
  createDatabase(): Promise<string>;
  /** Ends it at once, as a crash would, and starts it again on the same data. */
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
  const made = Bun.spawnSync(
    program("initdb", "-D", data, "-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8"),
    options,
  );
  if (!made.success) throw new Error(`initdb: ${made.stderr.toString()}`);
  const settings = [
    "listen_addresses=",
    `unix_socket_directories=${folder}`,
    "fsync=off",
    "wal_level=logical",
    "max_connections=60",
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
  return {
    createDatabase: async () => {
      databases += 1;
      const name = `vyx_${databases}`;
      const sql = new Bun.SQL({
        adapter: "postgres",
        path: join(folder, ".s.PGSQL.5432"),
        username: "postgres",
        max: 1,
      });
      await sql.unsafe(`create database ${name}`);
      await sql.end();
      return address(name);
    },
    crash: async () => {
      server.kill("SIGQUIT");
      await server.exited;
      server = await start();
    },
    stop: async () => {
      server.kill("SIGQUIT");
      await server.exited;
      rmSync(folder, { recursive: true });
    },
  };
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
