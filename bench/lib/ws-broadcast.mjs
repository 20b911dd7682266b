// A server of the npm package ws, in Node: what comes over its feed's connection goes to all of its clients, a line a message.
import { createServer } from "node:net";
import { WebSocketServer } from "ws";

const sockets = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
const feed = createServer((connection) => {
  let rest = Buffer.alloc(0);
  connection.on("data", (bytes) => {
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      const line = rest.subarray(0, end);
      rest = rest.subarray(end + 1);
      for (const client of sockets.clients) client.send(line, { binary: false });
    }
  });
  connection.on("error", () => {});
});
sockets.on("connection", (client) => client.on("error", () => {}));
sockets.on("listening", () =>
  feed.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${sockets.address().port} ${feed.address().port}`)),
);
