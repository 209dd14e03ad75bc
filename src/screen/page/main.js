import { fill, h, icon } from './dom.js';
import { follow, server } from './server.js';
import { openSimulator } from './simulator.js';
import { showCard } from './stage-card.js';
import { showConsent } from './stage-consent.js';
import { showDone } from './stage-done.js';
import { showFace } from './stage-face.js';
import { showIdle } from './stage-idle.js';
import { showNumbers } from './stage-numbers.js';
import { showOutOfService } from './stage-out-of-service.js';
import { showWait } from './stage-wait.js';

/** Each stage makes its part of the page once, and `update` follows the views while the stage lasts. */
const STAGES = {
  idle: showIdle,
  consent: showConsent,
  card: showCard,
  face: showFace,
  deciding: showWait,
  'asking-carrier': showWait,
  numbers: showNumbers,
  done: showDone,
  'out-of-service': showOutOfService,
};
/** Where a person can leave, or choose the way by hand. */
const LEAVABLE = ['consent', 'card', 'face', 'deciding', 'asking-carrier'];
/** A language that somebody chose and then went away from, is not the next person's. */
const FORGET_LANGUAGE_MS = 60_000;
const LOST_AFTER_MS = 1500;
const TOAST_MS = 6000;

const at = (id) => document.getElementById(id);
const { words: WORDS, simulator: simulated } = await server.words();
const simulator = simulated ? openSimulator(at('simulator')) : undefined;
let view = { stage: 'starting', language: 'zh' };
let language = 'zh';
let shown = { key: '', update: () => {}, close: () => {} };
let forget;
let toasting;
let losing;

const app = {
  words: () => WORDS[language],
  language: () => language,
  /** Says something to those who cannot see the page. */
  tell(text) {
    if (at('told').textContent !== text) at('told').textContent = text;
  },
  async start(service) {
    await attempt(() => server.start(service, language));
  },
  async act(action) {
    await attempt(() => server.act(action));
  },
};

async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    const { busy, refused } = app.words();
    toast(error.code === 'VISIT_BUSY' ? busy : `${refused} (${error.code ?? error.message})`);
    return undefined;
  }
}

function toast(text) {
  at('toast').textContent = text;
  at('toast').hidden = false;
  clearTimeout(toasting);
  toasting = setTimeout(() => {
    at('toast').hidden = true;
  }, TOAST_MS);
}

function setLanguage(wanted) {
  language = wanted;
  document.documentElement.lang = wanted === 'zh' ? 'zh-CN' : 'en';
  clearTimeout(forget);
  if (view.stage === 'idle') {
    forget = setTimeout(() => {
      setLanguage(view.language);
      render();
    }, FORGET_LANGUAGE_MS);
  }
}

function render() {
  const { stage, visitId = '', person, role } = view;
  if (STAGES[stage] === undefined) return;
  renderFrame();
  const key = [stage, visitId, person?.index, role, language].join();
  if (key === shown.key) {
    shown.update(view);
    return;
  }
  shown.close();
  document.body.dataset.stage = stage;
  app.tell('');
  const made = STAGES[stage](app, view);
  shown = { key, update: made.update ?? (() => {}), close: made.close ?? (() => {}) };
  at('stage').replaceChildren(made.node);
  // Readers of the screen begin with the new stage, and no button keeps a stale focus.
  at('stage').querySelector('h1')?.focus({ preventScroll: true });
  shown.update(view);
  simulator?.refresh();
}

function renderFrame() {
  const words = app.words();
  at('brand').textContent = words.brand;
  document.title = words.brand;
  at('languages').replaceChildren(...['zh', 'en'].map(languageButton));
  at('offline').hidden = view.offline !== true;
  at('offline').replaceChildren(icon('cloud-off'), words.offline);
  at('lost').textContent = words.connectionLost;
  const { person, role } = view;
  const several = person !== undefined && person.of > 1 && LEAVABLE.includes(view.stage);
  at('person').hidden = !several;
  if (several) {
    at('person').replaceChildren(
      icon('person'),
      fill(words.person, { role: words.roles[role ?? 'holder'], index: person.index, of: person.of }),
    );
  }
  const leavable = LEAVABLE.includes(view.stage);
  if (at('actions').hidden === leavable || at('actions').lang !== language) {
    at('actions').hidden = !leavable;
    at('actions').lang = language;
    at('actions').replaceChildren(...(leavable ? leaveButtons(words) : []));
  }
  simulator?.label(words.simulator);
}

function languageButton(each) {
  const choose = () => {
    setLanguage(each);
    render();
    // The visit may not follow (nobody is there yet); then the page alone does.
    server.act({ type: 'language', language: each }).catch(() => {});
  };
  return h(
    'button',
    {
      type: 'button',
      lang: each,
      'aria-pressed': each === language ? 'true' : 'false',
      data: { testid: `language-${each}` },
      on: { click: choose },
    },
    app.words().languages[each],
  );
}

function leaveButtons(words) {
  return [
    h(
      'button',
      {
        type: 'button',
        class: 'quiet',
        data: { testid: 'cancel' },
        on: { click: () => app.act({ type: 'cancel' }) },
      },
      icon('cross'),
      words.cancel,
    ),
    h(
      'button',
      {
        type: 'button',
        class: 'quiet',
        data: { testid: 'way-by-hand' },
        on: { click: () => app.act({ type: 'way-by-hand' }) },
      },
      icon('hand'),
      words.wayByHand,
    ),
  ];
}

follow({
  onView(next) {
    const before = view;
    view = next;
    if (next.language !== before.language || before.stage === 'starting') setLanguage(next.language);
    render();
  },
  onLink(up) {
    clearTimeout(losing);
    if (up) at('lost').hidden = true;
    else {
      losing = setTimeout(() => {
        at('lost').hidden = false;
      }, LOST_AFTER_MS);
    }
  },
});
