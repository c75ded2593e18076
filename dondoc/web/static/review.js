// The review queue by keyboard. Every key has a button or link that does the same.
"use strict";

const KEYS = "dondoc-review-keys";
const rows = [...document.querySelectorAll(".waiting-one")];
const help = document.getElementById("keys");
const keys = document.getElementById("keys-on");
let at = Math.max(0, rows.findIndex((one) => one.classList.contains("is-open")));

// --- the keys can be switched off (WCAG 2.1.4) --------------------------------------------------
document.getElementById("keys-switch").hidden = false;
keys.checked = window.localStorage.getItem(KEYS) !== "off";
keys.addEventListener("change", () => window.localStorage.setItem(KEYS, keys.checked ? "on" : "off"));

const isTyping = (one) => one.isContentEditable || /^(textarea|select)$/i.test(one.tagName)
  || (one.tagName === "INPUT" && !["checkbox", "radio", "button", "submit"].includes(one.type));

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented || isTyping(event.target)) return;
  if (!keys.checked && event.key !== "?") return;
  const act = acts[event.key];
  if (act && act(event) !== false) event.preventDefault();
});

const acts = {
  j: () => move(1),
  k: () => move(-1),
  ArrowDown: (event) => inList(event) && move(1),
  ArrowUp: (event) => inList(event) && move(-1),
  Enter: (event) => {
    // On a link, a button or a summary, Enter does what it always does.
    if (event.target !== document.body && event.target.closest("a, button, summary, input")) return false;
    return rows[at] ? rows[at].querySelector("a").click() : false;
  },
  a: () => press("a"),
  r: () => {
    const reason = document.querySelector(".review-form textarea");
    if (!reason) return false;
    if (reason.value.trim()) press("r");
    else { reason.focus(); reason.scrollIntoView({ block: "center" }); }
    return true;
  },
  x: () => {
    const box = rows[at] && rows[at].querySelector("input[type=checkbox]");
    if (!box) return false;
    box.checked = !box.checked;
    count();
    return true;
  },
  "?": () => { help.open = !help.open; if (help.open) help.scrollIntoView({ block: "end" }); return true; },
};

// The arrows move the page, except while one is in the list.
const inList = (event) => Boolean(event.target.closest(".queue-list")) || false;

function move(step) {
  if (!rows.length) return false;
  at = Math.min(rows.length - 1, Math.max(0, at + step));
  rows.forEach((one, n) => one.classList.toggle("is-at", n === at));
  rows[at].querySelector("a").focus();
  rows[at].scrollIntoView({ block: "nearest" });
  return true;
}

function press(key) {
  const button = document.querySelector(`.review-form button[data-key=${key}]`);
  if (!button) return false;
  button.click();
  return true;
}

// --- several at once ----------------------------------------------------------------------------
const all = document.getElementById("select-all");
const boxes = [...document.querySelectorAll(".pick input")];
const picked = document.querySelector(".picked");

function count() {
  if (!all) return;
  const n = boxes.filter((one) => one.checked).length;
  picked.textContent = n ? `${n} ${picked.dataset.one}` : "";
  all.checked = n > 0 && n === boxes.length;
  all.indeterminate = n > 0 && n < boxes.length;
}
if (all) {
  all.closest(".select-all").hidden = false;
  all.addEventListener("change", () => { boxes.forEach((one) => { one.checked = all.checked; }); count(); });
  document.getElementById("several").addEventListener("change", count);
  count();
}

const open = document.querySelector(".waiting-one.is-open");
if (open && open.closest(".queue-list").scrollHeight > open.closest(".queue-list").clientHeight) {
  open.closest(".queue-list").scrollTop = Math.max(0, open.offsetTop - 120);
}
