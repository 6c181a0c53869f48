// What is marked in a chart beside its line, each with a shape of its own: a colour alone would not tell them apart.

const MARK = 4;
// Closer together than this, lines would hide what they lie over.
const LINE_DISTANCE = 24;
const MARK_DISTANCE = 9;

// A triangle at the top for each, and a dashed line down from it where there is room.
export function drawResets(plot, resets, colour) {
  const { ctx, bbox } = plot;
  const places = resets.map((time) => plot.valToPos(time, "x", true));
  const hasRoom = bbox.width >= resets.length * LINE_DISTANCE * devicePixelRatio;
  drawWith(ctx, colour, () => {
    const size = MARK * devicePixelRatio;
    for (const x of spread(places)) {
      ctx.beginPath();
      ctx.moveTo(x - size, bbox.top - size);
      ctx.lineTo(x + size, bbox.top - size);
      ctx.lineTo(x, bbox.top + size);
      ctx.fill();
    }
    ctx.setLineDash([2 * devicePixelRatio, 4 * devicePixelRatio]);
    if (hasRoom) for (const x of places) strokeLine(ctx, [x, bbox.top], [x, bbox.top + bbox.height]);
  });
}

// A veil over the time in which probes failed, and a cross at its foot.
export function drawFailures(plot, failures, colour) {
  const { ctx, bbox } = plot;
  const spans = failures.map(({ from, to }) => [from, to].map((time) => plot.valToPos(time, "x", true)));
  const clamp = (x) => Math.min(bbox.left + bbox.width, Math.max(bbox.left, x));
  drawWith(ctx, colour, () => {
    ctx.globalAlpha = 0.14;
    for (const [from, to] of spans) ctx.fillRect(clamp(from), bbox.top, clamp(to) - clamp(from), bbox.height);
    ctx.globalAlpha = 1;
    const [size, y] = [MARK * devicePixelRatio, bbox.top + bbox.height - 2 * MARK * devicePixelRatio];
    for (const x of spread(spans.map(([from, to]) => (clamp(from) + clamp(to)) / 2))) {
      strokeLine(ctx, [x - size, y - size], [x + size, y + size]);
      strokeLine(ctx, [x - size, y + size], [x + size, y - size]);
    }
  });
}

function drawWith(ctx, colour, draw) {
  ctx.save();
  ctx.fillStyle = colour;
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1.5 * devicePixelRatio;
  draw();
  ctx.restore();
}

function strokeLine(ctx, from, to) {
  ctx.beginPath();
  ctx.moveTo(...from);
  ctx.lineTo(...to);
  ctx.stroke();
}

// Of marks that would lie over each other the first.
function spread(places) {
  const kept = [];
  for (const x of places) if (kept.length === 0 || x - kept.at(-1) >= MARK_DISTANCE * devicePixelRatio) kept.push(x);
  return kept;
}
