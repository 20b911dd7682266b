/** Where an answer was read. */
export interface ReadFrom {
  /** `vyx`: a server's memory. Other sources have other names. */
  readonly source: string;
  /** Whether another source should have answered, and couldn't. */
  readonly fallback: boolean;
  /** Why it couldn't. */
  readonly reason?: string;
}

/** Read from a server of ours, as was meant. */
export const OF_VYX: ReadFrom = { source: "vyx", fallback: false };
