import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import type { Certificate } from "./certificates.ts";

/** What stands in front of a server, as a proxy does. */
export interface Front {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Speaks TLS with a certificate and passes each connection on to a server of this machine. `targetOf` chooses the server by the
 * beginning of the connection's first request.
 */
export async function tlsFront(
  targetOf: string | ((head: string) => string),
  certificate: Certificate,
): Promise<Front> {
  const passOn = (socket: TLSSocket, target: string, head: Buffer): void => {
    const { hostname, port } = new URL(target);
    const onward = connect({ host: hostname, port: Number(port) });
    onward.write(head);
    socket.pipe(onward).pipe(socket);
    for (const [one, other] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
  };
  const server = createServer({ key: certificate.key, cert: certificate.cert }, (socket) => {
    if (typeof targetOf === "string") passOn(socket, targetOf, Buffer.alloc(0));
    else
      socket
        .once("data", (head: Buffer) => passOn(socket, targetOf(head.toString("latin1")), head))
        .on("error", () => {});
  });
  // Whoever doesn't believe the certificate hangs up.
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
