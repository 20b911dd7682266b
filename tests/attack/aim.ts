/** Where an attack goes, and until when. The key is an ordinary one. */
export interface Aim {
  readonly url: string;
  readonly key: string;
  readonly until: AbortSignal;
  /** How long that is. */
  readonly seconds: number;
}

/** Traders that an attack makes: thirty, or fewer in a short run, as making and deleting them takes time. */
export function traderCount({ seconds }: Aim): number {
  return Math.min(30, Math.ceil(2 * seconds));
}
