/** A clock that tests move. */
export function movableClock() {
  let ms = 1000;
  return {
    elapsed: () => ms,
    now: () => ({ at: new Date(Date.UTC(2026, 10, 23) + ms).toISOString() }),
    move: (by: number) => {
      ms += by;
    },
  };
}
