import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { createServer } from "node:tls";
import type { Certificate } from "./certificates.ts";

/** What stands in front of a server, as a proxy does. */
export interface Front {
  readonly url: string;
  stop(): Promise<void>;
}

/** Speaks TLS with a certificate and passes what it hears on to a server of this machine. */
export async function tlsFront(target: string, certificate: Certificate): Promise<Front> {
  const { hostname, port } = new URL(target);
  const server = createServer({ key: certificate.key, cert: certificate.cert }, (socket) => {
    const onward = connect({ host: hostname, port: Number(port) });
    socket.pipe(onward).pipe(socket);
    for (const [one, other] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
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
