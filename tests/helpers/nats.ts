import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectOnce, type NatsAccess } from "../../src/cluster/nats/link.ts";
import { freePort } from "./free-port.ts";
import { until } from "./until.ts";

export const hasNats: boolean = Bun.which("nats-server") !== null;

/** A real nats-server with JetStream, on loopback, with its files in a folder that goes with it. */
export interface RunningNats {
  /** nats://127.0.0.1:… */
  readonly url: string;
  /** The process that runs now. */
  pid(): number;
  /** Ends it at once, and keeps its files. */
  kill(): Promise<void>;
  /** Starts it again on the same port, with its files, or without them. */
  start(isEmpty?: boolean): Promise<void>;
  /** Stops it without ending it: connections stay open, and nothing comes over them. Goes on after so many milliseconds. */
  freeze(forMs: number): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a server. It chooses its port itself and says it in a file. */
export async function startNats(more: readonly string[] = []): Promise<RunningNats> {
  const folder = mkdtempSync(join(tmpdir(), "vyx-nats-"));
  // It ends with us, however we end.
  const endsWithUs = Bun.which("setpriv") === null ? [] : ["setpriv", "--pdeathsig=KILL"];
  let port = -1;
  let server: Bun.Subprocess<"ignore", "ignore", "ignore"> | undefined;
  const start = async (isEmpty = false): Promise<void> => {
    for (const file of readdirSync(folder)) {
      if (file.endsWith(".ports") || isEmpty) rmSync(join(folder, file), { recursive: true });
    }
    const settings = ["-a", "127.0.0.1", "-p", String(port), "-js", "-sd", folder, "--ports_file_dir", folder, ...more];
    server = Bun.spawn([...endsWithUs, "nats-server", ...settings], {
      cwd: folder,
      stdin: "ignore",
      stdout: "ignore",
      stderr: "ignore",
    });
    await until(() => portIn(folder) !== undefined);
    port = portIn(folder) ?? port;
  };
  const kill = async (): Promise<void> => {
    server?.kill("SIGKILL");
    await server?.exited;
  };
  await start();
  return {
    url: `nats://127.0.0.1:${port}`,
    pid: () => server?.pid ?? 0,
    kill,
    start,
    freeze: async (forMs) => {
      server?.kill("SIGSTOP");
      await Bun.sleep(forMs);
      server?.kill("SIGCONT");
    },
    stop: async () => {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Starts three servers as a cluster, and waits until streams can have three copies. */
export async function startNatsCluster(): Promise<readonly RunningNats[]> {
  const routes = [freePort(), freePort(), freePort()].map((port) => `nats://127.0.0.1:${port}`);
  const servers = await Promise.all(
    routes.map((route, index) =>
      startNats(["-n", `nats-${index}`, "--cluster_name", "vyx", "--cluster", route, "--routes", routes.join()]),
    ),
  );
  await untilReplicated(servers);
  return servers;
}

/** Resolves once streams can have three copies. */
export async function untilReplicated(servers: readonly RunningNats[]): Promise<void> {
  const access = await natsAccess(servers);
  await until(() =>
    access.manager.streams.add({ name: "probe", subjects: ["probe"], num_replicas: 3 }).then(
      () => true,
      () => false,
    ),
  );
  await access.manager.streams.delete("probe");
  await access.connection.close();
}

/** A connection to servers, for a test to look with. */
export async function natsAccess(servers: readonly Pick<RunningNats, "url">[]): Promise<NatsAccess> {
  return await connectOnce({ servers: servers.map(({ url }) => url) }, "test");
}

/** All messages of a stream, oldest first: their ids and texts. */
export async function messagesOf(
  { manager, streams }: NatsAccess,
  stream: string,
): Promise<readonly { readonly id: string; readonly text: string }[]> {
  const { state } = await patiently(() => manager.streams.info(stream));
  if (state.messages === 0) return [];
  const consumer = await patiently(() => streams.consumers.get(stream));
  const all: { id: string; text: string }[] = [];
  for await (const message of await consumer.consume()) {
    all.push({ id: message.headers?.get("Nats-Msg-Id") ?? "", text: message.string() });
    if (message.seq >= state.last_seq) break;
  }
  return all;
}

/** Asks up to ten times: servers that elect a leader don't answer for a while. */
async function patiently<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask();
    } catch (cause) {
      if (tries === 10) throw cause;
      await Bun.sleep(500);
    }
  }
}

function portIn(folder: string): number | undefined {
  const file = readdirSync(folder).find((name) => name.endsWith(".ports"));
  if (file === undefined) return undefined;
  try {
    const { nats } = JSON.parse(readFileSync(join(folder, file), "utf8")) as { nats: readonly string[] };
    return Number(new URL(nats[0] ?? "").port);
  } catch {
    return undefined;
  }
}
