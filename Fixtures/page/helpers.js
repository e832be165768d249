"use strict";
// What every part uses: the page's constants, texts and nodes.
// Everything that comes from elsewhere enters the page as text: nodes are made by `make`, and the
// page's policy (trusted types) refuses HTML from strings.

// How many entries the page keeps, and how often it draws what streams in, in milliseconds.
const MAXIMUM_ENTRIES = 10_000, DRAW_INTERVAL = 100;
// While fewer bytes than that come at a time, it reads the stream only every so many milliseconds: a
// browser takes longer to hand over an entry than the page to read it.
const SHORT_READ = 32 * 1024, SHORT_READ_INTERVAL = 50;
// Milliseconds between two readings of the organizations' state, and before it connects again.
const READ_INTERVAL = 700, RETRY_INTERVAL = 1000;
// The burn is that of one minute, in steps of two seconds.
const BURN_STEPS = 30, BURN_STEP = 2000;

const $ = (id) => document.getElementById(id);
const setText = (node, text) => { if (node.textContent !== text) node.textContent = text; };
const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 9 }).format;
const plural = (count, one, many = one + "s") => `${grouped(count)} ${count === 1 ? one : many}`;
const wordsOf = (text) => text.toLowerCase().split(/\s+/).filter(Boolean);
// The words of a search. A whole key is looked for by its end, which is all that is known of it.
const searched = (text) => wordsOf(text.replace(wholeKey, "…$1"));
const wholeKey = /\bsk_(?:live|test)_[0-9a-f]{28}([0-9a-f]{4})\b/gi;
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

// An element with its attributes and children; `onClick` is called on a click.
function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const name in attributes) {
    if (name === "onClick") node.addEventListener("click", attributes[name]);
    else node.setAttribute(name, attributes[name]);
  }
  node.append(...children);
  return node;
}
