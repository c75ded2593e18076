// The report form: what is typed is kept, rows are added, files go with their progress.
"use strict";

document.documentElement.classList.add("has-script");

// --- what is typed outlives a detour (confirming the device, signing in anew) -----------------
// Kept for whoever typed it alone, with the version that was seen: over a newer report it is laid
// only where its writer says so.
const report = document.getElementById("report-form");
if (report) {
  const key = report.dataset.draft;
  const store = window.sessionStorage;
  const fields = () => [...report.elements].filter((one) => one.name && !["hidden", "submit"].includes(one.type));
  const kept = JSON.parse(store.getItem(key) || "null");
  const done = new URLSearchParams(location.search).get("done");
  const seen = report.elements.seen.value;
  const told = { same: document.getElementById("draft-restored"), older: document.getElementById("draft-older") };
  const fill = () => {
    for (let n = fields().filter((one) => one.name.endsWith(".number")).length; n < kept.rows; n += 1) addRow();
    for (const one of fields()) {
      const said = kept.fields[one.name];
      // A file that was just uploaded is named in a row of its own.
      if (said !== undefined && !(one.name.endsWith(".file") && !said)) one.value = said;
    }
    told.older.hidden = true;
    told.same.hidden = false;
  };
  const keep = () => {
    const said = Object.fromEntries(fields().map((one) => [one.name, one.value]));
    const rows = report.querySelectorAll(".evidence-row").length;
    store.setItem(key, JSON.stringify({ seen, fields: said, rows }));
  };
  // What was typed after that is of the version which it led to.
  if (kept && kept.seen !== seen && ["saved", "submitted", "withdrawn", "nil"].includes(done)) store.removeItem(key);
  else if (kept && !report.dataset.typed) {
    if (kept.seen === seen) fill();
    else told.older.hidden = false;
  }
  report.addEventListener("input", () => {
    // What was kept is not lost to a first letter: it is there until it is restored or discarded.
    if (told.older.hidden) keep();
  });
  document.querySelector(".draft-restore").addEventListener("click", () => { fill(); keep(); });
  for (const one of document.querySelectorAll(".draft-drop")) one.addEventListener("click", () => {
    store.removeItem(key);
    report.reset();
    told.same.hidden = told.older.hidden = true;
  });
  const note = document.getElementById("kept");
  if (note) note.hidden = false;
  const more = report.querySelector(".more-rows");
  if (more) more.addEventListener("click", (event) => {
    event.preventDefault();
    addRow().querySelector("input").focus();
  });
}

function addRow() {
  const rows = report.querySelectorAll(".evidence-row");
  const last = rows[rows.length - 1];
  const fresh = last.cloneNode(true);
  fresh.setAttribute("aria-label", last.getAttribute("aria-label").replace(/\d+/, String(rows.length + 1)));
  for (const one of fresh.querySelectorAll("input, select")) {
    one.name = one.name.replace(/^evidence\.\d+/, `evidence.${rows.length}`);
    one.id = `field-${one.name}`;
    one.value = "";
    one.classList.remove("is-invalid");
    one.removeAttribute("aria-invalid");
    one.removeAttribute("aria-describedby");
  }
  for (const one of fresh.querySelectorAll("label")) one.htmlFor = one.htmlFor.replace(/evidence\.\d+/, `evidence.${rows.length}`);
  for (const one of fresh.querySelectorAll(".invalid-feedback")) one.remove();
  last.after(fresh);
  return fresh;
}

// --- files ------------------------------------------------------------------------------------
const upload = document.querySelector("form.upload");
if (upload) {
  const bar = upload.querySelector("progress");
  const said = upload.querySelector(".upload-said");
  const wrong = document.getElementById("error-file");
  const input = upload.querySelector("input[type=file]");

  upload.addEventListener("submit", (event) => {
    const file = input.files[0];
    if (!file) return;
    event.preventDefault();
    wrong.textContent = "";
    if (file.size > Number(upload.dataset.most) * 1024 * 1024) { fail(upload.dataset.large); return; }
    send();
  });

  const fail = (text) => {
    bar.hidden = true;
    said.textContent = "";
    wrong.textContent = text;
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-describedby", "hint-file error-file");
    release();
  };
  const release = () => {
    upload.removeAttribute("aria-busy");
    upload.querySelector("button").disabled = false;
  };

  const send = () => {
    const request = new XMLHttpRequest();
    request.open("POST", upload.action);
    request.setRequestHeader("Accept", "text/html");
    request.responseType = "document";
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) bar.value = Math.round((event.loaded / event.total) * 100);
    });
    request.addEventListener("error", () => fail(upload.dataset.broken));
    request.addEventListener("load", () => { (request.status === 200 ? taken : refused)(request); });
    bar.hidden = false;
    bar.value = 0;
    said.textContent = upload.dataset.sending;
    upload.querySelector("button").disabled = true;
    request.send(new FormData(upload));
  };

  const refused = (request) => {
    const page = request.response;
    const text = page && (page.querySelector("#error-file") || page.querySelector("main p"));
    const asks = page && page.querySelector("form.upload .asked-for");
    if (asks && !upload.querySelector(".asked-for")) input.closest(".upload-row").before(document.importNode(asks, true));
    renew(page);
    fail(text ? text.textContent.trim() : upload.dataset.broken);
  };

  // The page that followed has a fresh form; what is typed in this one's report stays.
  const renew = (page) => {
    const fresh = page && page.querySelector("form.upload input[name=once]");
    if (fresh) upload.querySelector("input[name=once]").value = fresh.value;
  };

  const taken = (request) => {
    const page = request.response;
    const list = page.getElementById("file-list");
    if (list) document.getElementById("file-list").replaceWith(document.importNode(list, true));
    renew(page);
    const key = new URL(request.responseURL).searchParams.get("file");
    name(key, input.files[0].name);
    bar.hidden = true;
    said.textContent = upload.dataset.arrived;
    input.value = "";
    input.removeAttribute("aria-invalid");
    upload.querySelectorAll(".asked-for").forEach((one) => one.remove());
    release();
  };

  // The report names the file in its first row that names none.
  const name = (key, label) => {
    if (!report || !key) return;
    for (const one of report.querySelectorAll("select[name$='.file']")) {
      if (![...one.options].some((option) => option.value === key)) one.add(new Option(label, key));
    }
    if ([...report.querySelectorAll("select[name$='.file']")].some((one) => one.value === key)) return;
    const rows = [...report.querySelectorAll(".evidence-row")];
    const empty = rows.find((row) => [...row.querySelectorAll("input, select")].every((one) => !one.value)) || addRow();
    empty.querySelector("select[name$='.file']").value = key;
    report.dispatchEvent(new Event("input", { bubbles: true }));
  };
}
