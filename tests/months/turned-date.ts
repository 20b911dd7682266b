// Loaded into the database's thread before the thread's own program: PostgreSQL's clock there is `Date.now()`.
const readSystem = Date.now;
let aheadMs = 0;
new BroadcastChannel("turned-date").onmessage = ({ data }: MessageEvent<number>) => {
  aheadMs = data;
};
Date.now = () => readSystem() + aheadMs;
