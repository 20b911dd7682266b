// Sends messages about signals and price alerts from a database, as a server does, until it is ended: bun tests/traders/sender.ts DATABASE_URL
import { systemClock } from "../../src/cli/clock.ts";
import { DeliveryLoop } from "../../src/deliveries/mod.ts";
import { DeliveriesTable, openDatabase } from "../../src/traders/mod.ts";

const [url = ""] = process.argv.slice(2);
const loop = new DeliveryLoop({
  table: new DeliveriesTable(openDatabase({ url, connections: 4 })),
  ...{ clock: systemClock, random: Math.random, log: console, telegramUrl: "http://127.0.0.1:1" },
  isAllowed: (address) => address === "127.0.0.1",
});
// As signals do that are stored in the same process.
setInterval(() => loop.wake(), 20);
console.log("sending");
await loop.run(new AbortController().signal);
