/** Sends JSON; throws an error that carries the server's code. */
async function post(path, body) {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  throw Object.assign(new Error('refused'), { code: answer.code ?? `HTTP_${response.status}` });
}

async function get(path) {
  const response = await fetch(path);
  if (!response.ok) throw Object.assign(new Error('refused'), { code: `HTTP_${response.status}` });
  return response.json();
}

export const server = {
  words: () => get('/words'),
  start: (service, language) => post('/api/visit', { service, language }),
  act: (action) => post('/api/act', action),
  simulator: () => get('/api/simulator'),
  choose: (choice) => post('/api/simulator', choice),
  order: (card) => post('/api/simulator/order', { card }),
};

/** Follows the visit. The browser connects again by itself; only a refusal by the server ends an EventSource. */
export function follow({ onView, onLink }) {
  const source = new EventSource('/events');
  source.onopen = () => onLink(true);
  source.onmessage = ({ data }) => onView(JSON.parse(data));
  source.onerror = () => {
    onLink(false);
    if (source.readyState !== EventSource.CLOSED) return;
    source.close();
    setTimeout(() => follow({ onView, onLink }), 3000);
  };
}
