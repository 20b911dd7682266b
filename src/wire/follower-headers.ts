/** What a server that follows this one sends with its requests; the value says nothing. */
export const FOLLOWER_HEADER = "vyx-follower";

/** What answers about one market then say: where its data comes from. Left out while that isn't known. */
export const SOURCE_HEADER = "vyx-source";

/** And what time it is in that market, in Unix milliseconds: of what is later, the answer says nothing. Left out while that isn't known. */
export const TIME_HEADER = "vyx-time";

/** The content type of a checkpoint: a market as a server writes it to its disk. */
export const CHECKPOINT_TYPE = "application/vnd.vyx.checkpoint";
