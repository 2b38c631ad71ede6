/** Country codes of two digits; `1` and `7` have one, the rest three. Enough to set a number in readable groups. */
const TWO = /^\+(2[07]|3[0-469]|4[0-13-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])/;

/** `+37255512345` → `+372 5551 2345`; only for reading, what is not in international form stays as it is. */
export function groupPhone(phone: string): string {
  if (!/^\+\d{6,15}$/.test(phone)) return phone;
  const size = /^\+[17]/.test(phone) ? 2 : TWO.test(phone) ? 3 : 4;
  const rest = phone.slice(size);
  const groups: string[] = [];
  // Threes from the front until two or four digits are left, so that no single digit stands alone.
  let at = 0;
  const step = rest.length % 4 === 0 ? 4 : 3;
  while (at < rest.length) {
    const left = rest.length - at;
    const take = left <= 4 && left !== step ? left : step;
    groups.push(rest.slice(at, at + take));
    at += take;
  }
  return [phone.slice(0, size), ...groups].join(' ');
}
