import { reasonOf } from "../../../src/core/mod.ts";
import type { Monitoring } from "./monitoring.ts";
import type { Scene } from "./scene.ts";

/** One alert and what it is for. */
export interface Cause {
  readonly alert: string;
  readonly says: string;
  /** How the cause is ended. */
  readonly ends: string;
  /** Starts a server that is well, or, without `break`, one that the cause is in from its start. */
  readonly begin: () => Promise<Scene>;
  readonly break?: (scene: Scene) => Promise<void>;
  readonly mend: (scene: Scene) => Promise<void>;
}

/** What became of one cause. Seconds of this machine, under the scaled rules. */
export interface Drilled {
  readonly alert: string;
  readonly says: string;
  readonly ends: string;
  /** From the cause to the alert. */
  readonly firesSeconds: number | undefined;
  /** From the remedy to the end of the alert. */
  readonly clearsSeconds: number | undefined;
  /** Others that fired and of which a person was, or would in time be, notified. */
  readonly beside: readonly string[];
  /** Others that fired, all of them kept from people by Alertmanager's inhibition. */
  readonly silenced: readonly string[];
  /** Whether a person was notified of the alert. */
  readonly isNotified: boolean;
  readonly failure?: string;
}

/** Causes an alert, waits until a person was notified, ends the cause, and waits for the end of the alert. */
export async function drill(cause: Cause, monitoring: Monitoring, withinMs: number): Promise<Drilled> {
  const { alert, says, ends } = cause;
  const instance = alert;
  const fired = new Set<string>();
  const silenced = new Set<string>();
  let notified: ReadonlySet<string> = new Set();
  const hear = async (): Promise<ReadonlySet<string>> => {
    const heard = await monitoring.heard(instance);
    for (const name of heard.firing) fired.add(name);
    for (const name of heard.silenced) silenced.add(name);
    notified = heard.notified;
    return heard.firing;
  };
  const isSilent = (name: string): boolean => silenced.has(name) && !notified.has(name);
  const result = (firesSeconds?: number, clearsSeconds?: number, failure?: string): Drilled => ({
    ...{ alert, says, ends, firesSeconds, clearsSeconds },
    beside: [...fired].filter((name) => name !== alert && !isSilent(name)),
    silenced: [...fired].filter((name) => name !== alert && isSilent(name)),
    isNotified: notified.has(alert),
    ...(failure === undefined ? {} : { failure }),
  });
  const hearUntil = async (isDone: (firing: ReadonlySet<string>) => boolean): Promise<number | undefined> => {
    const began = performance.now();
    while (performance.now() - began < withinMs) {
      if (isDone(await hear())) return (performance.now() - began) / 1_000;
      await Bun.sleep(100);
    }
    return undefined;
  };
  let scene: Scene | undefined;
  try {
    scene = await cause.begin();
    if (cause.break !== undefined) await scene.untilReady();
    monitoring.watch(instance, scene.scrapedAt);
    if (cause.break !== undefined) await monitoring.until(instance, "up", "== 1");
    const before = performance.now();
    await cause.break?.(scene);
    const took = (performance.now() - before) / 1_000;
    const fires = await hearUntil((firing) => firing.has(alert));
    if (fires === undefined) return result(undefined, undefined, "it didn't fire");
    if ((await hearUntil(() => notified.has(alert))) === undefined)
      return result(took + fires, undefined, "nobody was notified");
    const mending = performance.now();
    await cause.mend(scene);
    const mended = (performance.now() - mending) / 1_000;
    const clears = await hearUntil((firing) => !firing.has(alert));
    return clears === undefined
      ? result(took + fires, undefined, "it didn't clear")
      : result(took + fires, mended + clears);
  } catch (error) {
    return result(undefined, undefined, reasonOf(error));
  } finally {
    monitoring.leave(instance);
    await scene?.end();
  }
}
