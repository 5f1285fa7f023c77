"""What a ward sees of its pack: the page that opens in a browser, and the words and doses of page and print."""
