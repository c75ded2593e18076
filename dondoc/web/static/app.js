// Small interactions; every page works without this file.
"use strict";

// A form that is under way is not sent again, and says so to whoever cannot see it.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "yes";
  // What somebody had typed is not for whoever uses this browser next.
  if (new URL(form.action).pathname === "/sign-out") forgetDrafts();
  form.setAttribute("aria-busy", "true");
});
const forgetDrafts = () => Object.keys(sessionStorage).filter((key) => key.startsWith("dondoc-draft ")).forEach((key) => sessionStorage.removeItem(key));
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
  }
});

// After an error, the reader begins at what is wrong.
const problems = document.getElementById("problems");
if (problems) { problems.tabIndex = -1; problems.focus(); }

// A filter acts as soon as it is changed; without this file its button does.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-at-once]");
  if (form) form.requestSubmit();
});
