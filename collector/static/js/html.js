// Preact and htm as one: `html` writes markup without a build step. Everything put into it becomes a text node.

import htm from "../vendor/htm/htm.module.js";
import { h } from "../vendor/preact/preact.module.js";

export { Fragment, render } from "../vendor/preact/preact.module.js";
export { useEffect, useMemo, useRef, useState } from "../vendor/preact/hooks.module.js";

export const html = htm.bind(h);
