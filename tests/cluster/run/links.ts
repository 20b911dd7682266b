import { freePort } from "../../helpers/free-port.ts";
import { LinkRelay, type Way } from "../../helpers/link-relay.ts";
import { type RunningNats, startNats, untilReplicated } from "../../helpers/nats.ts";

/** What a node's links are. */
export interface NodeLinks {
  /** To each NATS server, in their order. */
  readonly nats: readonly LinkRelay[];
  /** Other nodes to its HTTP. */
  readonly peers: LinkRelay;
  /** To the exchange, of an ingest node. */
  readonly exchange: LinkRelay | undefined;
}

/** What happens to links. */
export type LinkTrouble =
  /** Nothing passes. */
  | "partition"
  /** All takes long, and few bytes pass at once. */
  | "slow"
  /** Nothing passes one way. */
  | "stall";

/** The link in place of the route from one NATS server to another one, by their places. */
interface RouteLink {
  readonly from: number;
  readonly to: number;
  readonly relay: LinkRelay;
}

/** All links of a run: which of them are cut together is what a partition is. */
export class Links {
  readonly servers: readonly RunningNats[];
  readonly #routes: readonly RouteLink[];
  readonly #nodes: Map<string, NodeLinks> = new Map();

  private constructor(servers: readonly RunningNats[], routes: readonly RouteLink[]) {
    this.servers = servers;
    this.#routes = routes;
  }

  /** Starts three NATS servers as a cluster, or one, with a link in place of each route. */
  static async start(count: 1 | 3): Promise<Links> {
    if (count === 1) return new Links([await startNats()], []);
    const ports = [freePort(), freePort(), freePort()];
    const routes = await Promise.all(
      ports.flatMap((port, to) =>
        [0, 1, 2].filter((from) => from !== to).map(async (from) => ({ from, to, relay: await LinkRelay.start(port) })),
      ),
    );
    const servers = await Promise.all(
      ports.map((port, index) => {
        const own = routes.filter(({ from }) => from === index);
        return startNats([
          ...["-n", `nats-${index}`, "--cluster_name", "vyx", "--cluster", `nats://127.0.0.1:${port}`],
          ...["--routes", own.map(({ relay }) => `nats://127.0.0.1:${relay.port}`).join()],
          // Otherwise servers tell each other and their clients of ways around the links.
          ...["--no_advertise", "--cluster_advertise", "127.0.0.1:1"],
        ]);
      }),
    );
    await untilReplicated(servers);
    return new Links(servers, routes);
  }

  /** Makes the links of a node whose HTTP listens on a port. */
  async add(name: string, port: number, exchangePort: number | undefined): Promise<NodeLinks> {
    const links = {
      nats: await Promise.all(this.servers.map(({ url }) => LinkRelay.start(Number(new URL(url).port)))),
      peers: await LinkRelay.start(port),
      exchange: exchangePort === undefined ? undefined : await LinkRelay.start(exchangePort),
    };
    this.#nodes.set(name, links);
    return links;
  }

  /** Chooses links that fail together, and how to. Returns what it is, in words, and what has it happen and heals it. */
  choose(trouble: LinkTrouble, random: () => number): { readonly what: string; begin(): void; heal(): void } {
    const pick = <One>(some: readonly One[]): One => some[Math.floor(random() * some.length)] as One;
    const { what, links } = pick(this.#groups(random));
    const way: Way = random() < 0.5 ? "up" : "down";
    const slowness = { delayMs: 100 + random() * 900, bytesPerSecond: 50_000 + random() * 200_000 };
    const begin = (link: LinkRelay): void => {
      if (trouble === "slow") link.slow(slowness);
      else if (trouble === "stall") link.cut(way);
      else link.cut();
    };
    const how = {
      partition: "cut off",
      slow: `${slowness.delayMs.toFixed(0)} ms and ${(slowness.bytesPerSecond / 1_000).toFixed(0)} kB/s away`,
      stall: `stalled ${way}`,
    }[trouble];
    return {
      what: `${what}: ${how}`,
      begin: () => links.forEach(begin),
      heal: () => {
        for (const link of links) link.heal();
      },
    };
  }

  async stop(): Promise<void> {
    const all = [...this.#nodes.values()].flatMap(({ nats, peers, exchange }) =>
      [...nats, peers, exchange ?? []].flat(),
    );
    await Promise.all([...all, ...this.#routes.map(({ relay }) => relay)].map((link) => link.stop()));
    await Promise.all(this.servers.map((server) => server.stop()));
  }

  /** What may fail together: one node, one node's way to the exchange, or a NATS server with some of the nodes and without the others. */
  #groups(random: () => number): { readonly what: string; readonly links: readonly LinkRelay[] }[] {
    const nodes = [...this.#nodes];
    const alone = nodes.map(([name, { nats, peers }]) => ({
      what: `${name} and all NATS servers`,
      links: [...nats, peers],
    }));
    const unheard = nodes.flatMap(([name, { exchange }]) =>
      exchange === undefined ? [] : [{ what: `${name} and the exchange`, links: [exchange] }],
    );
    if (this.servers.length === 1) return [...alone, ...unheard];
    const parts = this.servers.map((_, server) => {
      const here = nodes.filter(() => random() < 0.4);
      const routes = this.#routes.filter(({ from, to }) => from === server || to === server);
      return {
        what: `nats-${server} with ${here.map(([name]) => name).join(", ") || "nobody"}, and the others`,
        links: [
          ...routes.map(({ relay }) => relay),
          ...nodes.flatMap(([name, { nats }]) =>
            nats.filter((_link, at) => (at === server) !== here.some(([one]) => one === name)),
          ),
          ...here.map(([, { peers }]) => peers),
        ],
      };
    });
    return [...alone, ...unheard, ...parts];
  }
}
