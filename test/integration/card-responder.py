#!/usr/bin/env python3
"""A card reader written from the protocol's description alone, in another language than the program under test.

Opens a pseudo terminal, prints the name of its other end, and answers there until stdin ends. Shares no code, table
or vector with Countersign: frames and text are put together here by hand.
"""
import os
import select
import struct
import sys
import tty

LEAD = bytes([0xAA] * 3 + [0x96, 0x69])


def framed(status, payload=b""):
    inner = bytes(status) + payload
    counted = struct.pack(">H", len(inner) + 1) + inner
    parity = 0
    for byte in counted:
        parity ^= byte
    return LEAD + counted + bytes([parity])


def column(text, units):
    return text.ljust(units).encode("utf-16-le")


def resident():
    text = b"".join([
        column("样本甲", 15), column("1", 1), column("04", 2), column("18800101", 8),
        column("样例省样例县样例村9号", 35), column("440524188001010014", 18), column("样例县公安局", 15),
        column("20100102", 8), column("长期", 8), column("", 18),
    ])
    assert len(text) == 256
    return text


def permit():
    text = b"".join([
        column("样本乙", 15), column("2", 1), column("", 2), column("19920130", 8),
        column("样例市样例路2号", 35), column("830000199201300022", 18), column("样例市公安局", 15),
        column("20200202", 8), column("20250202", 8), column("T87654321", 9), column("03", 2), column("", 3),
        column("J", 1), column("", 3),
    ])
    assert len(text) == 256
    return text


def foreigner_2017():
    text = b"".join([
        column("ZHENGJIAN YANGBEN", 60), column("2", 1), column("CAN110081080310", 15), column("CAN", 3),
        column("证件样本", 15), column("20151025", 8), column("20251024", 8), column("19810803", 8),
        column("01", 2), column("1500", 4), column("I", 1), column("", 3),
    ])
    assert len(text) == 256
    return text


def foreigner_2023():
    text = b"".join([
        column("样本丙", 15), column("1", 1), column("00", 2), column("19850101", 8),
        column("YANGBEN, BING", 35), column("932682198501010017", 18), column("", 15),
        column("20230915", 8), column("20330914", 8), column("", 11), column("SAU", 3), column("Y", 1),
        column("001", 3),
    ])
    assert len(text) == 256
    return text


CARDS = {"resident": resident, "permit": permit, "foreigner-2017": foreigner_2017, "foreigner-2023": foreigner_2023}
PHOTO = bytes.fromhex("574c66007e003200") + bytes(range(256)) * 3 + bytes(248)
MODULE = struct.pack("<HHIII", 5, 3, 20190101, 1234567, 7654321)


def main():
    text = CARDS[sys.argv[1]]()
    master, slave = os.openpty()
    tty.setraw(slave)
    print(os.ttyname(slave), flush=True)
    state = "lying"
    held = b""
    while True:
        ready, _, _ = select.select([master, sys.stdin], [], [])
        if sys.stdin in ready and not sys.stdin.buffer.read1(100):
            return
        if master not in ready:
            continue
        held += os.read(master, 4096)
        while len(held) >= 10:
            assert held[:7] == LEAD + b"\x00\x03", held
            code, held = held[7:9], held[10:]
            if code == b"\x11\xff":
                answer = framed([0, 0, 0x90])
            elif code == b"\x12\xff":
                answer = framed([0, 0, 0x90], MODULE)
            elif code == b"\x20\x01":
                answer = framed([0, 0, 0x9F], bytes(4)) if state == "lying" else framed([0, 0, 0x80])
                state = "found" if state == "lying" else state
            elif code == b"\x20\x02":
                answer = framed([0, 0, 0x90], bytes(8)) if state == "found" else framed([0, 0, 0x81])
            elif code == b"\x30\x01":
                answer = framed([0, 0, 0x90], struct.pack(">HH", 256, 1024) + text + PHOTO)
                state = "read"
            else:
                answer = framed([0, 0, 0x21])
            for at in range(0, len(answer), 62):
                os.write(master, answer[at:at + 62])


main()
