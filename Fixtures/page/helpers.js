"use strict";
// Everything that comes from elsewhere enters the page as text: nodes are made by `make`, and the
// page's policy (trusted types) refuses HTML from strings.

// How many entries the page keeps, and how often it draws what streams in, in milliseconds.
const KEPT = 10_000, PACE = 100;
// How long it waits between two readings of the organizations' state, and before it connects again.
const READING = 700, RETRY = 1000;
// The burn is that of one minute, in steps of two seconds.
const STEPS = 30, STEP = 2000;

const $ = (id) => document.getElementById(id);
const put = (node, text) => { if (node.textContent !== text) node.textContent = text; };
const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 9 }).format;
const plural = (count, one, many = one + "s") => `${grouped(count)} ${count === 1 ? one : many}`;
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const name in attributes) {
    if (name === "does") node.addEventListener("click", attributes[name]);
    else node.setAttribute(name, attributes[name]);
  }
  node.append(...children);
  return node;
}

