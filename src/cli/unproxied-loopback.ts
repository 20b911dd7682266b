/** Names of this machine, as NO_PROXY lists them. */
const LOOPBACK = ["localhost", "127.0.0.1", "::1"];

/**
 * Keeps a proxy that the environment names (HTTP_PROXY, HTTPS_PROXY) away from calls to this machine: the demo's exchange, a
 * database's socket and `vyx doctor` on a local server never go through one. Call it before anything is fetched.
 */
export function bypassProxyForLoopback(environment: Record<string, string | undefined>): void {
  for (const name of ["NO_PROXY", "no_proxy"]) {
    const listed = (environment[name] ?? "").split(",").map((one) => one.trim());
    environment[name] = [...new Set([...listed, ...LOOPBACK])].filter((one) => one !== "").join(",");
  }
}
