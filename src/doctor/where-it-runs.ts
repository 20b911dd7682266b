/** What to type, by the way in which a server was deployed. */
export interface ByDeployment {
  readonly systemd: string;
  readonly compose: string;
  readonly fly: string;
}

/** The remedies that may fit the server of a URL, as one part of a sentence: a name of Fly's tells, others may be any of them. */
export function whereItRuns({ hostname }: URL, { systemd, compose, fly }: ByDeployment): string {
  if (hostname.endsWith(".fly.dev")) return fly;
  return `${systemd} under systemd, ${compose} with Docker Compose, ${fly} on Fly`;
}
