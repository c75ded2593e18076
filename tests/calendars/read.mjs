// Reads a calendar from standard input as Thunderbird does, strictly, and says what it read.
import { readFileSync } from "node:fs";
import ICAL from "ical.js";

ICAL.design.strict = true;
const calendar = new ICAL.Component(ICAL.parse(readFileSync(0, "utf8")));

function values(component) {
  const found = {};
  for (const one of component.getAllProperties()) {
    found[one.name] = one.getValues().map((value) => {
      if (typeof value === "object") value.toString(); // throws where it makes no sense
      return String(value);
    });
  }
  return found;
}

function read(component) {
  return {
    name: component.name,
    values: values(component),
    within: component.getAllSubcomponents().map(read),
  };
}

process.stdout.write(JSON.stringify(read(calendar)));
