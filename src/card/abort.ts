/** The one error by which the card room answers a cancellation, whatever reason the caller gave. */
export function abortError(): DOMException {
  return new DOMException('The operation was aborted', 'AbortError');
}

/**
 * Settles as `promise` does, or rejects as soon as the signal is aborted; the work behind `promise` goes on, and its
 * late failure is nobody's. Leaves no listener.
 */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) {
    promise.catch(() => {});
    throw abortError();
  }
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(abortError());
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
