import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/**
 * Stands before a broker as a load balancer does: admits `perSecond` connections a second, resets the rest, and notes
 * each attempt. While it is shut nobody is admitted.
 */
export async function openFrontDoor(targetPort, { hangsUp = false } = {}) {
  const attempts = [];
  let rate = Number.POSITIVE_INFINITY;
  let isShut = false;
  let permits = 1;
  let filledAt = 0;

  const admits = (now) => {
    if (isShut) return false;
    if (rate === Number.POSITIVE_INFINITY) return true;
    // A tenth of a second may be saved up: a door does not count in whole seconds.
    permits = Math.min(Math.max(1, rate / 10), permits + ((now - filledAt) / 1000) * rate);
    filledAt = now;
    if (permits < 1) return false;
    permits--;
    return true;
  };
  const sockets = new Set();
  const refuse = (socket) => {
    if (!hangsUp) return socket.resetAndDestroy();
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // Read to its end, or it would stay half closed for ever.
    return socket.resume().end();
  };
  const server = createServer((socket) => {
    const at = performance.now();
    const admitted = admits(at);
    attempts.push({ at, admitted });
    socket.on('error', () => {});
    if (!admitted) {
      refuse(socket);
      return;
    }
    const far = connect(targetPort, '127.0.0.1');
    far.on('error', () => {});
    for (const [one, other] of [
      [socket, far],
      [far, socket],
    ]) {
      sockets.add(one);
      one.pipe(other);
      one.once('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 });
  await once(server, 'listening');
  return {
    url: `mqtt://127.0.0.1:${server.address().port}`,
    attempts,
    shut() {
      isShut = true;
    },
    open(perSecond) {
      isShut = false;
      rate = perSecond;
      permits = 1;
      filledAt = performance.now();
    },
    async close() {
      for (const each of sockets) each.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Attempts and admissions in each whole second from `from`. */
export function curveOf(attempts, from, to) {
  const seconds = Array.from({ length: Math.max(1, Math.ceil((to - from) / 1000)) }, () => [0, 0]);
  for (const { at, admitted } of attempts) {
    const second = seconds[Math.floor((at - from) / 1000)];
    if (at < from || second === undefined) continue;
    second[0]++;
    if (admitted) second[1]++;
  }
  return seconds;
}

/** Most attempts within any second, wherever it begins. */
export function peakOf(attempts, from, to) {
  const times = attempts.map(({ at }) => at).filter((at) => at >= from && at < to);
  let peak = 0;
  for (let first = 0, last = 0; last < times.length; last++) {
    while (times[last] - times[first] >= 1000) first++;
    peak = Math.max(peak, last - first + 1);
  }
  return peak;
}

/** The curve as text: each second at first, then the highest of each ten. */
export function drawn(curve) {
  const rows = curve.slice(0, 10).map(([tried, let_in], second) => [`${second} s`, tried, let_in]);
  for (let from = 10; from < curve.length; from += 10) {
    const some = curve.slice(from, from + 10);
    const most = (index) => Math.max(...some.map((each) => each[index]));
    rows.push([`${from}-${from + some.length - 1} s`, most(0), most(1)]);
  }
  const top = Math.max(1, ...rows.map(([, tried]) => tried));
  return rows
    .map(
      ([when, tried, let_in]) =>
        `${when.padStart(9)} ${String(tried).padStart(5)} tried ${String(let_in).padStart(5)} let in ${'#'.repeat(Math.round((tried / top) * 50))}`,
    )
    .join('\n');
}
