/** Whether an address is on one of these hosts, or below one of them. Throws TypeError when it is no URL. */
export function isOnHost(address: string, hosts: readonly string[]): boolean {
  const host = new URL(address).hostname;
  return hosts.some((own) => host === own || host.endsWith(`.${own}`));
}

/** The address of a path at an exchange, or at its stand-in. `base` may end with slashes, and have a path of its own. */
export function addressAt(base: string, path: string): string {
  return `${base.replace(/\/+$/, "")}${path}`;
}
