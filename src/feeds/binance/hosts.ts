const HOSTS = ["binance.com", "binance.vision", "binance.us"];

/** Whether an address is one of Binance's. */
export function isBinance(address: string): boolean {
  const host = new URL(address).hostname;
  return HOSTS.some((own) => host === own || host.endsWith(`.${own}`));
}
