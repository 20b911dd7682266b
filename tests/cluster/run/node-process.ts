import { join } from "node:path";
import { SETTINGS } from "../../../src/cli/config.ts";
import type { Settings } from "../../../src/cli/settings.ts";
import { freePort } from "../../helpers/free-port.ts";
import { listening, startVyxProcess, type VyxProcess, type VyxSurroundings } from "../../helpers/vyx-process.ts";

/** A node in a process of its own, which can be killed and started again at the same address. */
export interface NodeProcess {
  readonly name: string;
  readonly role: "ingest" | "serve";
  readonly url: string;
  /** Ends it at once. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Its exit code, once it has ended. */
  ended(): Promise<number | null>;
  /** Stops it without ending it: connections stay open, and nothing comes over them. Goes on after so many milliseconds. */
  freeze(forMs: number): Promise<void>;
}

/** What a node finds where it runs. */
export interface NodeSurroundings {
  readonly port?: number;
  /** How wrong its clock is; right unless said. */
  readonly clock?: WrongClock | undefined;
}

/** Starts a node. */
export async function startNodeProcess(
  name: string,
  role: "ingest" | "serve",
  flags: Partial<Record<keyof Settings, string>>,
  { port = freePort(), clock }: NodeSurroundings = {},
): Promise<NodeProcess> {
  const set = { ...flags, port: String(port), nodeName: name };
  const args = Object.entries(set).flatMap(([key, value]) => [`--${SETTINGS[key as keyof Settings].flag}`, value]);
  let process: VyxProcess | undefined;
  const node: NodeProcess = {
    ...{ name, role, url: `http://127.0.0.1:${port}` },
    kill: async () => {
      process?.kill("SIGKILL");
      await process?.exited;
    },
    ended: async () => (await process?.exited) ?? null,
    freeze: async (forMs) => {
      process?.kill("SIGSTOP");
      await Bun.sleep(forMs);
      process?.kill("SIGCONT");
    },
    start: async () => {
      process = startVyxProcess(["serve", ...args], clock === undefined ? undefined : wrongClock(clock));
      await listening(process);
    },
  };
  await node.start();
  return node;
}

/** A clock that differs from the machine's. */
export interface WrongClock {
  readonly shiftMs: number;
  /** 0.01: 1 % faster. */
  readonly drift?: number;
  /** It is set forth by the shift and back again, each so often. */
  readonly stepEveryMs?: number;
}

function wrongClock({ shiftMs, drift, stepEveryMs }: WrongClock): VyxSurroundings {
  return {
    preload: join(import.meta.dir, "shifted-clock.ts"),
    variables: {
      CLOCK_SHIFT_MS: String(shiftMs),
      ...(drift === undefined ? {} : { CLOCK_DRIFT: String(drift) }),
      ...(stepEveryMs === undefined ? {} : { CLOCK_STEP_EVERY_MS: String(stepEveryMs) }),
    },
  };
}
