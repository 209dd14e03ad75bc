import { h, heading, icon, svg } from './dom.js';
import { playPreview } from './preview.js';

/** The picture is 4:3; the oval stands where a face at the right distance fills it. */
const FRAME = { width: 640, height: 480 };
const OVAL = { cx: 320, cy: 228, rx: 132, ry: 174 };
const ARROWS = { 'turn-left': 'left', 'turn-right': 'right', blink: 'blink' };

export function showFace(app) {
  const { face } = app.words();
  const canvas = h('canvas', { width: FRAME.width, height: FRAME.height, 'aria-hidden': 'true' });
  const box = svg('rect', { class: 'found', rx: 10, visibility: 'hidden' });
  const turn = h('span', { class: 'turn', hidden: true });
  const says = h('p', { class: 'says', role: 'status' });
  const bar = h('progress', { max: '1', value: '0' });
  const viewer = h('div', { class: 'viewer', data: { state: 'looking' } }, canvas, overlay(box), turn);
  const preview = playPreview(canvas);

  return {
    node: h(
      'section',
      { class: 'face' },
      viewer,
      h(
        'div',
        { class: 'beside' },
        heading(face.title, face.note),
        says,
        bar,
        h('p', { class: 'aside' }, icon('shield'), face.private),
      ),
    ),
    update({ guidance, challenge, faceBox, progress }) {
      const [first] = guidance ?? [];
      const asks = first === undefined ? face.challenges[challenge] : face.guidance[first];
      // Before the first picture was looked at, nothing is good yet.
      const text = asks ?? (guidance === undefined ? face.starting : face.good);
      if (says.textContent !== text) says.textContent = text;
      const state = stateOf(guidance, challenge);
      viewer.dataset.state = state;
      says.dataset.kind = state;
      const arrow = first === undefined ? ARROWS[challenge] : undefined;
      turn.hidden = arrow === undefined;
      if (arrow !== undefined && turn.dataset.turn !== arrow) {
        turn.dataset.turn = arrow;
        turn.replaceChildren(icon(arrow));
      }
      if (arrow === undefined) delete turn.dataset.turn;
      bar.hidden = progress === undefined;
      bar.value = progress ?? 0;
      place(box, faceBox);
    },
    close: () => preview.stop(),
  };
}

function stateOf(guidance, challenge) {
  if (guidance === undefined) return 'looking';
  // Nothing is wrong then: it only takes a little longer.
  if (guidance[0] === 'keep-looking') return 'good';
  if (guidance.length > 0) return 'hint';
  return challenge === undefined ? 'good' : 'asked';
}

/** Mirrored like the picture below it: people move as before a mirror. */
function overlay(box) {
  const { cx, cy, rx, ry } = OVAL;
  const { width, height } = FRAME;
  const oval = `M${cx - rx} ${cy}a${rx} ${ry} 0 1 0 ${2 * rx} 0a${rx} ${ry} 0 1 0 ${-2 * rx} 0z`;
  return svg(
    'svg',
    { class: 'overlay', viewBox: `0 0 ${width} ${height}`, 'aria-hidden': 'true' },
    svg('path', { class: 'veil', 'fill-rule': 'evenodd', d: `M0 0h${width}v${height}H0z${oval}` }),
    svg('path', { class: 'oval', d: oval }),
    box,
  );
}

function place(box, found) {
  box.setAttribute('visibility', found === undefined ? 'hidden' : 'visible');
  if (found === undefined) return;
  const scaleX = FRAME.width / found.imageWidth;
  const scaleY = FRAME.height / found.imageHeight;
  box.setAttribute('x', String((found.imageWidth - found.x - found.width) * scaleX));
  box.setAttribute('y', String(found.y * scaleY));
  box.setAttribute('width', String(found.width * scaleX));
  box.setAttribute('height', String(found.height * scaleY));
}
