import { parseArgs } from "node:util";
import { CAUSES, missing, UNCAUSED } from "./causes.ts";
import { type Drilled, drill } from "./drill.ts";
import { ALERTMANAGER, Monitoring, PROMETHEUS } from "./monitoring.ts";
import { scaleInWords } from "./scaled-rules.ts";

/** No alert takes longer to fire or to clear, in milliseconds at a factor of 1: that of restarts looks half an hour back. */
const WITHIN_MS = 3_000_000;

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    factor: { type: "string", default: "10" },
    "at-once": { type: "string", default: "2" },
  },
});
const [factor, atOnce] = [Number(values.factor), Number(values["at-once"])];
if (!(factor >= 1 && factor <= 15) || !(atOnce >= 1)) {
  throw new Error("--factor is from 1 to 15, as scrapes take their time, and --at-once is 1 or more");
}
const names = values.only?.split(",") ?? CAUSES.map(({ alert }) => alert);
const unknown = names.filter((name) => !CAUSES.some(({ alert }) => alert === name));
if (unknown.length > 0) throw new Error(`--only: there is no alert ${unknown.join(", ")}`);
if (PROMETHEUS === null || ALERTMANAGER === null) throw new Error("Prometheus and Alertmanager aren't installed");

const monitoring = await Monitoring.start(factor);
const waiting = CAUSES.filter(({ alert }) => names.includes(alert));
const done = new Map<string, Drilled>();
const lane = async (): Promise<void> => {
  for (let cause = waiting.shift(); cause !== undefined; cause = waiting.shift()) {
    const why = missing(cause.alert);
    const drilled = why === undefined ? await drill(cause, monitoring, WITHIN_MS / factor) : undefined;
    if (drilled !== undefined) done.set(cause.alert, drilled);
    console.error(why === undefined ? rowOf(drilled as Drilled) : `${cause.alert} is left out: ${why}`);
  }
};
await Promise.all(Array.from({ length: atOnce }, lane));
await monitoring.stop();

const rows = [...done.values()].toSorted((one, other) => one.alert.localeCompare(other.alert));
console.log(`${scaleInWords(factor)} Seconds are those of this machine.\n`);
console.log("| Alert | Cause | Fires after | Ended by | Clears after | Notified beside it | Silenced beside it |");
console.log("| --- | --- | --- | --- | --- | --- | --- |");
for (const row of rows) console.log(rowOf(row));
const wrong = rows.filter(({ failure, beside }) => failure !== undefined || beside.length > 0);
for (const [alert, why] of Object.entries(UNCAUSED)) console.log(`\n${alert} isn't caused: ${why}.`);
console.log(`\n${rows.length} alerts, ${wrong.length} of them wrong`);
process.exit(wrong.length > 0 ? 1 : 0);

function rowOf({ alert, says, ends, firesSeconds, clearsSeconds, beside, silenced, failure }: Drilled): string {
  const seconds = (value: number | undefined): string => (value === undefined ? "–" : `${value.toFixed(0)} s`);
  const cells = [alert, says, seconds(firesSeconds), ends, seconds(clearsSeconds)];
  const others = [beside, silenced].map((list) => (list.length === 0 ? "0" : list.join(", ")));
  return `| ${[...cells, ...others].join(" | ")} |${failure === undefined ? "" : ` ${failure.slice(0, 2_000)}`}`;
}
