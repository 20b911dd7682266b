import { type Command, Option } from "commander";
import {
  answered,
  type ClusterView,
  connectOnce,
  drainNode,
  ensureStreams,
  type NatsAccess,
  readCluster,
  whereabouts,
} from "../cluster/mod.ts";
import { countOf, InvalidInput, millis, oneLine, reasonOf } from "../core/mod.ts";
import { systemClock } from "./clock.ts";
import { named } from "./flag-error.ts";
import { natsAddress } from "./nats-address.ts";
import { optionOf } from "./options.ts";
import { readSettings } from "./read-settings.ts";
import { wholeNumber } from "./setting-values.ts";
import type { Settings } from "./settings.ts";

/** Between two looks whether a node has left, in milliseconds. */
const LOOK_EVERY_MS = 500;

interface ClusterFlags {
  readonly nats?: string;
  readonly natsCredentials?: string;
  readonly natsToken?: string;
  readonly natsCa?: string;
  readonly markets?: string;
  readonly capacity?: string;
  readonly replicas?: string;
  readonly within?: string;
  readonly json?: true;
}

/** `vyx cluster`: prepares NATS for the nodes of a cluster, shows how they are, and has one leave. */
export function clusterCommand(program: Command): void {
  const cluster = program.command("cluster").description("Prepare, show and drain servers that work as one over NATS.");
  withNats(cluster.command("init"))
    .description(
      "Create the streams and buckets of NATS JetStream that the nodes need, and bring their limits up to date. Prints what it changed.",
    )
    .addOption(optionOf("markets"))
    .addOption(optionOf("capacity"))
    .addOption(
      new Option(
        "--replicas <N>",
        "copies of each stream: 1, 3 or 5 (default: 3 where NATS has three servers, else 1)",
      ),
    )
    .action(async (flags: ClusterFlags) => {
      const { markets, capacity } = settingsOf(flags);
      const { replicas: text } = flags;
      const replicas = text === undefined ? undefined : named("replicas", () => wholeNumber(text, 1, 5));
      await withAccess(flags, async (access) => {
        const changes = await answered(
          () => ensureStreams(access.manager, { markets, capacity, replicas }),
          systemClock,
        );
        for (const change of changes) console.log(change);
        if (changes.length === 0) console.log("nothing to do: all streams and buckets are there as they should be");
      });
    });
  withNats(cluster.command("status"))
    .description("Show the nodes, how far each is behind, who holds which lease, the last closes, and the streams.")
    .addOption(optionOf("markets"))
    .option("--json", "as JSON")
    .action(async (flags: ClusterFlags) => {
      const { markets } = settingsOf(flags);
      await withAccess(flags, async (access) => {
        const view = await answered(() => readCluster(access, markets), systemClock);
        console.log(flags.json === true ? JSON.stringify(view, null, 2) : inWords(view));
        if (view.streams.some((stream) => !stream.isThere)) process.exitCode = 1;
      });
    });
  withNats(cluster.command("drain"))
    .description(
      "Have a node leave: it gives up its leases, moves its clients as --drain says, and ends. Waits for it.",
    )
    .argument("<NODE>", "its name")
    .addOption(new Option("--within <S>", "how long to wait for it, in seconds").default("120"))
    .action(async (name: string, flags: ClusterFlags) => {
      const withinS = named("within", () => wholeNumber(flags.within ?? "", 1, 86_400));
      await withAccess(flags, async (access) => {
        const run = await answered(() => drainNode(access, name), systemClock);
        for (let waitedMs = 0; waitedMs < withinS * 1_000; waitedMs += LOOK_EVERY_MS) {
          const state = await answered(() => whereabouts(access, name, run), systemClock);
          if (state === "left") {
            console.log(`${name} has left`);
            return;
          }
          if (state === "lost") {
            throw new InvalidInput(
              `${name} isn't heard of any more, and hasn't said goodbye: it may be frozen, cut off from NATS, or killed. Look at its process before you go on`,
            );
          }
          await systemClock.sleep(millis(LOOK_EVERY_MS));
        }
        throw new InvalidInput(`${name} hasn't left within ${withinS} s: is its --drain longer than --within?`);
      });
    });
}

function withNats(command: Command): Command {
  for (const name of ["nats", "natsCredentials", "natsToken", "natsCa"] as const) command.addOption(optionOf(name));
  return command;
}

function settingsOf(flags: ClusterFlags): Settings {
  const { replicas: _, within: __, json: ___, ...set } = flags;
  return readSettings({ ...set }, process.env).settings;
}

/** Throws InvalidInput where NATS doesn't answer. */
async function withAccess(flags: ClusterFlags, work: (access: NatsAccess) => Promise<void>): Promise<void> {
  const address = natsAddress(settingsOf(flags));
  let access: NatsAccess;
  try {
    access = await connectOnce(address, "vyx cluster");
  } catch (cause) {
    throw new InvalidInput(`--nats: NATS doesn't answer: ${oneLine(reasonOf(cause))}`, { cause });
  }
  try {
    await work(access);
  } finally {
    await access.connection.close();
  }
}

function inWords({ nodes, leases, lastClose, streams }: ClusterView): string {
  const nodeRows = nodes.flatMap(({ name, role, url, version, isDraining, markets }) =>
    Object.entries(markets).map(([market, { lastClose: closed, lagMs, isReady }]) => [
      ...[name, role, url, version, market, isDraining ? "leaving" : isReady ? "ready" : "not ready"],
      lagMs === null ? "" : `${lagMs} ms`,
      closed === null ? "" : closesBehind(lastClose[market], closed),
    ]),
  );
  const streamRows = streams.map(({ name, isThere: is, messages, bytes, deleted, replicas, leader, laggards }) =>
    is
      ? [
          name,
          `${messages} messages`,
          `${Math.ceil(bytes / 1_024)} kB`,
          `${deleted} deleted`,
          countOf(replicas, "copy", "copies"),
        ].concat(leader === null ? [] : [`led by ${leader}`, laggards === 0 ? "" : `${laggards} behind`])
      : [name, "missing: vyx cluster init creates it"],
  );
  return [
    ...section("Nodes", ["name role url version market state lag behind".split(" "), ...nodeRows]),
    ...section("Leases", Object.entries(leases)),
    ...section(
      "Last closes",
      Object.entries(lastClose).map(([market, at]) => [market, new Date(at + 1).toISOString()]),
    ),
    ...section("Streams", streamRows),
  ].join("\n");
}

function closesBehind(newest: number | undefined, closed: number): string {
  const minutes = Math.round(((newest ?? closed) - closed) / 60_000);
  return minutes === 0 ? "" : `${minutes} min`;
}

function section(title: string, rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>((all, row) => row.map((cell, at) => Math.max(cell.length, all[at] ?? 0)), []);
  return [
    title,
    ...rows.map((row) => `  ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  ")}`.trimEnd()),
    "",
  ];
}
