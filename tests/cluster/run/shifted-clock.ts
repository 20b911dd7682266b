// For `bun --preload`: the machine's clock as this process reads it is wrong. CLOCK_SHIFT_MS: by so much at the start; CLOCK_DRIFT: and so much
// faster, 0.01 for 1 %; CLOCK_STEP_EVERY_MS: forth by the shift and back again, each so often.
const shiftMs = Number(process.env.CLOCK_SHIFT_MS ?? 0);
const drift = Number(process.env.CLOCK_DRIFT ?? 0);
const stepEveryMs = Number(process.env.CLOCK_STEP_EVERY_MS ?? Number.POSITIVE_INFINITY);
const machine = Date.now.bind(Date);
const began = machine();
Date.now = () => {
  const passed = machine() - began;
  const isBack = Math.floor(passed / stepEveryMs) % 2 === 1;
  return Math.round(machine() + passed * drift + (isBack ? -shiftMs : shiftMs));
};
