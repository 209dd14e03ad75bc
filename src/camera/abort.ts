/** What is needed of the room `clock`; rooms on the ground do not know each other. */
export interface CameraClock {
  elapsed(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The one error by which the camera room answers a cancellation, whatever reason the caller gave. */
export function abortError(): DOMException {
  return new DOMException('The operation was aborted', 'AbortError');
}

/** Resolves when `promise` ends or the signal is aborted. Leaves no listener; `promise` must not reject. */
export async function untilAborted(promise: Promise<unknown>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const end = (): void => resolve();
    signal.addEventListener('abort', end, { once: true });
    void promise.then(end).finally(() => signal.removeEventListener('abort', end));
  });
}

/** Resolves to whether `promise` ended within `ms`; leaves no timer. `promise` must not reject. */
export async function endsWithin(
  promise: Promise<unknown>,
  ms: number,
  clock: CameraClock,
): Promise<boolean> {
  const stop = new AbortController();
  const late = clock.sleep(ms, stop.signal).then(
    () => false,
    () => true,
  );
  const ended = await Promise.race([promise.then(() => true), late]);
  stop.abort();
  return ended;
}
