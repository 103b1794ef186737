import { samples } from "./samples.js";
import { words } from "./words.js";

const LABELS = ["PERSON", "ORG", "LOC", "EVENT", "DATE"];
const $ = id => document.getElementById(id);
const field = $("text"), go = $("go"), error = $("error"), marked = $("marked"), tip = $("tip");

const state = {
  language: firstLanguage(),
  limit: null, // characters that the server takes
  model: "",
  text: "", // what the entities belong to
  entities: null, // null: nothing was tagged yet
  hidden: new Set(), // labels that the filter leaves out
  problem: null, // [a word's name, the server's reason]
  working: null, // controller of the request that runs
};

function firstLanguage() {
  let kept = null;
  try {
    kept = localStorage.getItem("vidner.language");
  } catch {
    // Storage may be forbidden; the browser's language will do.
  }
  if (kept in words) return kept;
  return navigator.language.toLowerCase().startsWith("vi") ? "vi" : "en";
}

const word = (name, ...values) => {
  const found = words[state.language][name];
  return typeof found === "function" ? found(...values) : found;
};
const number = value => value.toLocaleString(state.language);
const percent = score => score.toLocaleString(state.language, { style: "percent", maximumFractionDigits: 1 });

// Offsets of the server count code points; a string here has surrogate pairs.
const points = text => Array.from(text);

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function shown() {
  return (state.entities ?? []).filter(entity => !state.hidden.has(entity.label));
}

/* What is on the page, made from the state. */

function showWords() {
  document.documentElement.lang = state.language;
  for (const place of document.querySelectorAll("[data-word]")) place.textContent = word(place.dataset.word);
  for (const place of document.querySelectorAll("[data-word-label]")) place.setAttribute("aria-label", word(place.dataset.wordLabel));
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === state.language));
  }
  for (const button of document.querySelectorAll("[data-sample]")) {
    button.setAttribute("aria-label", word("sample", Number(button.dataset.sample) + 1));
  }
  $("model").textContent = state.model && word("model", state.model);
}

function showCount() {
  const length = points(field.value).length;
  const tooLong = state.limit !== null && length > state.limit;
  $("count").textContent = state.limit === null ? number(length) : word("count", number(length), number(state.limit));
  field.setAttribute("aria-invalid", String(tooLong));
  go.disabled = tooLong || !field.value.trim();
  if (tooLong) state.problem = ["tooLong", ""];
  else if (state.problem?.[0] === "tooLong") state.problem = null;
  showProblem();
}

function showProblem() {
  error.hidden = state.problem === null;
  error.textContent = state.problem === null ? "" : `${word(state.problem[0])} ${state.problem[1]}`.trim();
}

function showLegend() {
  const focused = document.activeElement?.dataset.filter;
  const buttons = LABELS.map(label => {
    const count = (state.entities ?? []).filter(entity => entity.label === label).length;
    const button = element("button", { type: "button", className: label },
      element("span", { className: "code", textContent: label }),
      element("span", { textContent: word(label) }),
      element("span", { className: "number", textContent: state.entities ? number(count) : "" }));
    button.dataset.filter = label;
    button.setAttribute("aria-pressed", String(!state.hidden.has(label)));
    return button;
  });
  $("legend").replaceChildren(...buttons);
  if (focused) $("legend").querySelector(`[data-filter=${focused}]`).focus();
}

function showText() {
  const letters = points(state.text);
  const pieces = [];
  let at = 0;
  for (const entity of state.entities ?? []) {
    const mark = element("mark", { className: entity.label, textContent: letters.slice(entity.start, entity.end).join("") });
    mark.dataset.label = entity.label;
    mark.dataset.score = entity.score;
    pieces.push(letters.slice(at, entity.start).join(""), mark);
    at = entity.end;
  }
  pieces.push(letters.slice(at).join(""));
  marked.replaceChildren(...pieces);
}

function showFilter() {
  for (const mark of marked.children) {
    mark.classList.toggle("off", state.hidden.has(mark.dataset.label));
    mark.removeAttribute("tabindex");
  }
  if (visible().length) rove(visible()[0]);
  hideTip();
  showLegend();
  showNames();
  showStatus();
}

function showNames() {
  const groups = new Map(LABELS.map(label => [label, new Map()]));
  for (const [index, entity] of (state.entities ?? []).entries()) {
    if (state.hidden.has(entity.label)) continue;
    const names = groups.get(entity.label), name = entity.text.split(/\s+/).join(" ");
    if (!names.has(name)) names.set(name, { first: index, times: 0 });
    names.get(name).times += 1;
  }
  const rows = [];
  for (const [label, names] of groups) {
    if (!names.size) continue;
    const buttons = [...names].map(([name, { first, times }]) => {
      const button = element("button", { type: "button", textContent: times > 1 ? `${name} ×${times}` : name });
      button.dataset.first = first;
      return button;
    });
    rows.push(element("div", { className: label }, element("dt", {}, element("span", { className: "code", textContent: label })), element("dd", {}, ...buttons)));
  }
  $("list").replaceChildren(...rows);
  $("names").hidden = rows.length === 0;
}

function showStatus() {
  const all = state.entities?.length;
  $("empty").hidden = state.entities !== null;
  $("copy").disabled = state.entities === null;
  $("result").setAttribute("aria-busy", String(state.working !== null));
  if (state.working) $("status").textContent = word("working");
  else if (state.entities === null) $("status").textContent = "";
  else $("status").textContent = all ? word("found", shown().length, all) : word("none");
}

function showAll() {
  showWords();
  showCount();
  showFilter();
}

/* Marks: one is in the tab order, the arrow keys go to the others. */

const visible = () => [...marked.children].filter(mark => !mark.classList.contains("off"));

function rove(mark) {
  for (const other of marked.querySelectorAll("[tabindex]")) other.removeAttribute("tabindex");
  mark.tabIndex = 0;
}

function step(mark, key) {
  const marks = visible(), at = marks.indexOf(mark);
  const target = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: marks.length - 1 }[key];
  if (target === undefined || !marks[target]) return false;
  rove(marks[target]);
  marks[target].focus();
  return true;
}

function showTip(mark) {
  if (mark.classList.contains("off")) return;
  const { label, score } = mark.dataset;
  tip.textContent = word("tip", `${label}, ${word(label)}`, percent(Number(score)));
  tip.hidden = false;
  mark.setAttribute("aria-describedby", "tip");
  const box = mark.getClientRects()[0];
  const left = Math.min(box.left, document.documentElement.clientWidth - tip.offsetWidth - 8);
  const above = box.top - tip.offsetHeight - 6;
  tip.style.left = `${Math.max(8, left) + scrollX}px`;
  tip.style.top = `${(above < 0 ? box.bottom + 6 : above) + scrollY}px`;
}

function hideTip() {
  tip.hidden = true;
  for (const mark of marked.querySelectorAll("[aria-describedby]")) mark.removeAttribute("aria-describedby");
}

/* What is done. */

async function tag() {
  const text = field.value;
  if (!text.trim()) return;
  state.working?.abort();
  const request = (state.working = new AbortController());
  state.problem = null;
  showProblem();
  showStatus();
  try {
    const answer = await fetch("tag", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ text }),
      signal: request.signal,
    });
    const body = await answer.json();
    if (state.working !== request) return;
    if (answer.ok) Object.assign(state, { text, entities: body.entities, model: body.model });
    else state.problem = [{ 413: "tooLong", 503: "busy" }[answer.status] ?? "failed", body.error];
  } catch (reason) {
    if (reason.name === "AbortError") return;
    state.problem = ["unreachable", ""];
  }
  state.working = null;
  showProblem();
  if (state.problem === null) showText();
  showFilter();
  // Where the result stands below the text, it is brought into sight.
  const { top } = $("result").getBoundingClientRect();
  if (state.problem === null && top > innerHeight / 2) $("result").scrollIntoView();
}

async function copy() {
  const text = JSON.stringify({ text: state.text, entities: shown(), model: state.model }, null, 1);
  $("status").textContent = word((await toClipboard(text)) ? "copied" : "notCopied");
}

async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without a secure connection there is no clipboard but the old one.
    const area = element("textarea", { value: text });
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    $("copy").focus();
    return done;
  }
}

function clear() {
  state.working?.abort();
  Object.assign(state, { text: "", entities: null, working: null, problem: null });
  field.value = "";
  showText();
  showAll();
  field.focus();
}

/* What the reader does. */

function onButton(event) {
  const button = event.target.closest("button");
  if (!button) return;
  const { language, sample, filter, first } = button.dataset;
  if (language) {
    state.language = language;
    try {
      localStorage.setItem("vidner.language", language);
    } catch {
      // It is asked for again next time.
    }
    showAll();
  } else if (sample) {
    field.value = samples[sample];
    showCount();
    tag();
  } else if (filter) {
    if (!state.hidden.delete(filter)) state.hidden.add(filter);
    showFilter();
  } else if (first) {
    const mark = marked.children[first];
    rove(mark);
    mark.focus();
  }
}

document.addEventListener("click", onButton);
go.addEventListener("click", tag);
$("clear").addEventListener("click", clear);
$("copy").addEventListener("click", copy);
field.addEventListener("input", showCount);
document.addEventListener("keydown", event => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    if (!go.disabled) tag();
  } else if (event.key === "Escape") hideTip();
  else if (event.target.parentElement === marked && step(event.target, event.key)) event.preventDefault();
});
for (const kind of ["mouseover", "focusin"]) {
  marked.addEventListener(kind, event => {
    hideTip();
    if (event.target.parentElement === marked) showTip(event.target);
  });
}
for (const kind of ["mouseout", "focusout"]) marked.addEventListener(kind, hideTip);
marked.addEventListener("click", event => {
  // A finger has no hover.
  if (event.target.parentElement !== marked || event.target.classList.contains("off")) return;
  rove(event.target);
  event.target.focus();
});

async function greet() {
  try {
    const health = await (await fetch("health")).json();
    state.limit = health.limits.characters;
    state.model = health.model_version;
  } catch {
    state.problem = ["unreachable", ""];
  }
  showAll();
}

showAll();
greet();
