// Written by Images/make-test-digits.py: the images of test-digits.zlib, in its
// order, by their index in the MNIST test set.
export const misreadBy = "cnn-28";
export const testDigits = [
  { index: 3, truth: 0 },
  { index: 2, truth: 1 },
  { index: 1, truth: 2 },
  { index: 18, truth: 3 },
  { index: 4, truth: 4 },
  { index: 8, truth: 5 },
  { index: 11, truth: 6 },
  { index: 0, truth: 7 },
  { index: 61, truth: 8 },
  { index: 7, truth: 9 },
  { index: 1014, truth: 6, misreadAs: 5 },
  { index: 2597, truth: 5, misreadAs: 3 },
  { index: 4497, truth: 8, misreadAs: 7 },
  { index: 1226, truth: 7, misreadAs: 2 },
  { index: 1901, truth: 9, misreadAs: 4 },
  { index: 813, truth: 9, misreadAs: 8 },
  { index: 4176, truth: 2, misreadAs: 7 },
  { index: 2130, truth: 4, misreadAs: 9 },
  { index: 2654, truth: 6, misreadAs: 1 },
  { index: 5955, truth: 3, misreadAs: 8 },
];
